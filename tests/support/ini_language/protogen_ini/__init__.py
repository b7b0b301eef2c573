"""A made-up language: the messages of a release as sections of INI files, in a zip."""

from typing import Any

from protogen.languages.base import Language, Section
from protogen.languages.entry import Entry, Option
from protogen.languages.package import Generator, Installed, Plan, Request

ENTRY = Entry(
    "ini",
    "protogen_ini:Ini",
    options=(Option("ini_package", "NAME", "Name of the INI package"),),
    programs=("protoc-gen-ini",),
)


class Ini(Language[Section, Plan]):
    """One zip a release."""

    entry = ENTRY
    title = "INI"
    ecosystem = "generic"
    defaults = Section(tools={"protoc-gen-ini": "1.0.0"})
    generators = (Generator("ini", plugin="protoc-gen-ini"),)
    generated_folder = "sections/"
    build_commands = (("{python}", "-m", "protogen_ini.pack", "{dist}/{package}-{version}.zip"),)
    prove_commands = (("{python}", "use.py"),)

    def facts(self, request: Request, plan: Plan, installed: Installed) -> dict[str, Any]:
        messages = [
            f"{file.package}.{each.name}"
            for file in self.files(request)
            for each in file.types
            if each.kind == "message"
        ]
        return {**super().facts(request, plan, installed), "messages": messages}
