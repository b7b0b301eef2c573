"""The protos themselves, for tools and languages that have no package of their own here."""

from protogen.languages.entry import Entry, Option

PROTO = Entry(
    "proto",
    "protogen.languages.proto.language:Proto",
    options=(Option("proto_package", "NAME", "Name of the archive of protos"),),
)
