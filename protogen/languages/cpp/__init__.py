"""C++: a CMake project that generates with the protoc and the runtime of whoever builds it."""

from protogen.languages.entry import Entry, Option

CPP = Entry(
    "cpp",
    "protogen.languages.cpp.language:Cpp",
    options=(Option("cmake_package", "NAME", "Name of the CMake package, as find_package finds it"),),
)
