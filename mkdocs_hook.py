"""What mkdocs.yml hooks in: the pages that are made from the code, and the table of errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mkdocs.structure.files import File

from reference import commands, errors, gallery, languages, schemas, tables

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

PAGES = {
    "reference/commands.md": commands.page,
    "reference/gallery.md": gallery.page,
    "reference/languages.md": languages.page,
    "reference/recipe.md": schemas.recipe_page,
    "reference/settings.md": schemas.settings_page,
}


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages that no file holds."""
    for path, made in PAGES.items():
        files.append(File.generated(config, path, content=made()))
    return files


def on_page_markdown(markdown: str, **_given: object) -> str:
    """Put the table of errors where a page has the mark for it."""
    return errors.filled(markdown)


def on_post_page(output: str, **_given: object) -> str:
    """Let code break where it is fit to; what is searched has been read by then."""
    return tables.laid_out(output)
