"""Rust: a crate of pre-generated code, whose modules are nested as the protos' packages are."""

from protogen.languages.entry import Entry, Option

RUST = Entry(
    "rust",
    "protogen.languages.rust.language:Rust",
    options=(Option("crate", "NAME", "Name of the Rust crate"),),
    programs=("cargo", "protoc-gen-prost", "protoc-gen-tonic"),
)
