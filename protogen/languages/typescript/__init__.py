"""TypeScript: an npm package for Node and bundlers, of JavaScript with declarations."""

from protogen.languages.entry import Entry, Option

TYPESCRIPT = Entry(
    "typescript",
    "protogen.languages.typescript.language:TypeScript",
    options=(Option("npm_package", "NAME", "Name of the npm package, with its @scope/ if it has one"),),
    programs=("npm", "protoc-gen-es"),
)
