"""A made-up language: the messages of a release as sections of INI files, in a zip."""

from protogen.languages.entry import Entry, Option

ENTRY = Entry(
    "ini",
    "protogen_ini.language:Ini",
    options=(Option("ini_package", "NAME", "Name of the INI package"),),
    programs=("protoc-gen-ini",),
)
