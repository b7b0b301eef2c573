"""Go: a module that builds, vets and can be required, from any closure."""

from protogen.languages.entry import Entry, Option

GO = Entry(
    "go",
    "protogen.languages.go.language:Go",
    options=(
        Option("go_module", "PATH", "Go module path without /vN, or . for the module around the output"),
    ),
    programs=("go", "protoc-gen-go", "protoc-gen-go-grpc"),
    in_all=True,
)
