"""The typed model of a recipe: an API whose protos are spread over several repositories."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from protogen.errors import Location, RecipeError
from protogen.recipe import builtin, externals, kit, packages, periods, pins, public
from protogen.recipe import document as documents
from protogen.recipe.document import MAX_CHARACTERS, Document, T, doc
from protogen.recipe.document import Path as KeyPath
from protogen.recipe.packages import Package
from protogen.recipe.periods import Periodic
from protogen.recipe.pins import Pin
from protogen.recipe.roots import Root, check_patterns
from protogen.releases.templates import is_for_branches, is_for_tags, several
from protogen.system.cache import Cache
from protogen.system.files import digest
from protogen.system.locations import check_ref, check_url
from protogen.system.paths import check_import, check_relative
from protogen.system.suggestions import nearest

NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
MAX_NAME = 60
PROTO_PACKAGE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


class Repository(Periodic, frozen=True, forbid_unknown_fields=True):
    """One repository: where it is, how its refs are named, where its protos start."""

    url: Annotated[
        str, doc("A URL that git takes, or a path; none where its packages alone hold the protos.")
    ] = ""
    branch: Annotated[
        str,
        doc("The branch of a release line: a template with {major}, {minor} and {patch}."),
    ] = ""
    tag: Annotated[
        str | tuple[str, ...],
        doc(
            "The tag of a release: a template with {major}, {minor} and {patch}, or with {date} and "
            "{commit}; or several, tried in order."
        ),
    ] = ""
    ref: Annotated[
        str, doc("Instead of branch and tag: the ref or full commit that every release takes.")
    ] = ""
    roots: Annotated[
        tuple[str | Root, ...],
        doc("Import roots in order, those that a release lacks are passed over."),
    ] = (".",)
    pins: Annotated[tuple[Pin, ...], doc("Where others pin its commit, tried in order.")] = ()
    by_date: Annotated[
        str,
        doc("Where nothing matches or pins it: the branch whose newest commit before the release is taken."),
    ] = ""
    packages: Annotated[
        tuple[str | Package, ...],
        doc("Published Python packages that hold the protos, tried in order."),
    ] = ()
    package_folders: Annotated[
        dict[str, str], doc("Folders that packages renamed, as found -> as imported.")
    ] = msgspec.field(default_factory=dict)
    unpublished: Annotated[tuple[str, ...], doc("Entry points that the packages leave out.")] = ()

    @property
    def published(self) -> tuple[Package, ...]:
        """The packages, plain names too as what they are short for."""
        return packages.of(self.packages, alone=not self.url)

    @property
    def import_roots(self) -> tuple[Root, ...]:
        """The roots, plain folders too as what they are short for."""
        return tuple(each if isinstance(each, Root) else Root(each) for each in self.roots)


class EntryPoints(Periodic, frozen=True, forbid_unknown_fields=True):
    """Protos that a client is generated for."""

    repository: Annotated[str, doc("The one that holds them.")]
    pattern: Annotated[
        str, doc("Their paths in it; `*`, `?` stay in a folder, `**/` spans any number of them.")
    ]
    exclude: Annotated[
        tuple[str, ...], doc("Paths among them that are none; patterns of the same kind.")
    ] = ()
    optional: Annotated[bool, doc("Whether a release may have none of them.")] = False


class Preference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which copy of a proto counts, where several differ."""

    pattern: Annotated[
        str, doc("The import names; `*`, `?` stay in a folder, `**/` spans any number of them.")
    ]
    repository: Annotated[str, doc("The one that holds the copy.")]
    root: Annotated[str, doc("Its import root there, where it has several copies.")] = ""


Pattern = TypeVar("Pattern", EntryPoints, Preference)


class RecipeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A recipe as it is written: an API whose protos are spread over several repositories."""

    schema: Annotated[int, doc("Always 1.")]
    name: Annotated[str, doc("The recipe's own, and the default name of packages.")]
    releases: Annotated[str, doc("The repository whose releases --version names.")]
    repositories: Annotated[
        dict[str, Any],
        doc("Where the protos are, by name; `public` for one that protogen knows by that name."),
    ]
    entry_points: Annotated[list[Any], doc("What clients are generated for.")]
    prefer: Annotated[
        list[Any],
        doc("Which copy of a proto counts, where several differ; the first that fits."),
    ] = []
    aliases: Annotated[
        dict[str, str], doc("Import names that mean a file of another name -> that name.")
    ] = {}
    strip_options: Annotated[
        list[str], doc("Proto packages whose custom options are left out of what is compiled.")
    ] = []
    title: Annotated[str, doc("The API's name in texts.")] = ""
    license: Annotated[str, doc("Its SPDX identifier.")] = ""
    groups: Annotated[dict[str, list[Any]], doc("Extra entry points, added by --with GROUP.")] = {}
    languages: Annotated[dict[str, dict[str, Any]], doc("What each language's packages are like.")] = {}
    externals: Annotated[
        bool | dict[str, Any],
        doc("Protos that published packages serve, by pattern; false where none does."),
    ] = True
    kit: Annotated[
        dict[str, Any],
        doc("What files of the kit need, by their names without extension, in lower case."),
    ] = {}


class Recipe(msgspec.Struct, frozen=True):
    """A recipe, checked."""

    name: str
    title: str
    license: str
    releases: str
    """The repository whose releases the user names."""
    repositories: dict[str, Repository]
    entry_points: tuple[EntryPoints, ...]
    groups: dict[str, tuple[EntryPoints, ...]]
    languages: dict[str, dict[str, Any]]
    """Each language's own section, read by that language."""
    document: Document
    digest: str
    """SHA-256 of the file, of the kit where there is one, and of what is known of public repositories."""
    prefer: tuple[Preference, ...] = ()
    aliases: dict[str, str] = {}
    """Import names -> the names of the files that they mean."""
    strip_options: tuple[str, ...] = ()
    """Proto packages whose options are left out of what is compiled."""
    kit: dict[str, tuple[kit.KitFile, ...]] = {}
    """Source that packages hold beside their stubs, by language."""
    externals: externals.Externals = externals.Externals()
    """Protos that published packages serve."""

    @property
    def is_published(self) -> bool:
        """Whether every repository's protos are in published packages too."""
        return all(repository.packages for repository in self.repositories.values())

    @property
    def primary(self) -> Repository:
        """The repository whose releases the user names."""
        return self.repositories[self.releases]

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON, with what was left out; the languages' sections as they are written."""
        keys = [key for key in self.__struct_fields__ if key not in {"document", "kit", "externals"}]
        plain: dict[str, Any] = msgspec.to_builtins({key: getattr(self, key) for key in keys})
        plain["externals"] = self.document.value.get("externals", True)
        return plain | {"kit": {name: [file.path for file in files] for name, files in self.kit.items()}}

    @property
    def mounts(self) -> frozenset[str]:
        """What import names of the API's own protos begin with where their repositories' roots say so."""
        entries = (*self.entry_points, *(each for group in self.groups.values() for each in group))
        own = {each.repository for each in entries}
        return frozenset(
            root.as_ for name in own for root in self.repositories[name].import_roots if root.as_
        )

    def without_kit(self) -> Recipe:
        """The recipe, for packages of stubs alone; its digest stays what its files have."""
        return msgspec.structs.replace(self, kit={})

    def with_all_generated(self) -> Recipe:
        """The recipe without externals; its digest stays what its files have."""
        return msgspec.structs.replace(self, externals=externals.NONE)

    def selected(self, groups: tuple[str, ...]) -> tuple[EntryPoints, ...]:
        """The entry points with those of the groups.

        Raises RecipeError for a group that the recipe doesn't have.
        """
        for group in groups:
            if group not in self.groups:
                known, near = ", ".join(sorted(self.groups)) or "none", nearest(group, self.groups)
                raise RecipeError(
                    f"recipe {self.name} has no group {group!r}; it has: {known}",
                    where="--with",
                    remedy=f"run again with --with {near}"
                    if near
                    else "run again with one of these groups, or without --with",
                )
        return self.entry_points + tuple(entry for group in groups for entry in self.groups[group])

    def section(self, language: str, to: type[T]) -> T:
        """The language's own section as its type; all defaults where the recipe has none."""
        if language not in self.languages:
            return to()
        return self.document.convert(("languages", language), to)


def load(name_or_file: str, cache: Cache | None = None) -> Recipe:
    """The recipe of that name, in that file (anything with a `/` or ending in .yaml or .yml), or folder.

    cache: where one of protogen's own may have been parsed before; a user's may hold credentials, which
    no cache does. Raises RecipeError.
    """
    text, file = read_text(name_or_file)
    path = path_of(name_or_file)
    return parse(text, file, None if is_file(name_or_file) else cache, _folder(path))


def read_text(name_or_file: str) -> tuple[str, str]:
    """The text of a recipe as it is written, and what messages call its file.

    Raises RecipeError.
    """
    own, path = not is_file(name_or_file), path_of(name_or_file)
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(MAX_CHARACTERS + 1)
    except (OSError, ValueError) as error:
        if own:
            raise _no_recipe(name_or_file) from None
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise RecipeError.at(Location(str(path), 0, "", f"can't be read: {reason}")) from None
    return text, f"{name_or_file}.yaml" if own else str(path)


def _no_recipe(name: str) -> RecipeError:
    known, near = ", ".join(builtin.names()), nearest(name, builtin.names())
    wanted = f"{near}, or FILE" if near else "FILE"
    # A name alone is never one of the folder that one happens to be in.
    is_here = (Path(name) / builtin.IN_FOLDER).is_file()
    return RecipeError(
        f"there is no recipe {name!r}; protogen has: {known}",
        where="--recipe",
        remedy=f"run again with ./{name}, the folder of that name"
        if is_here
        else f"run again with --recipe {wanted} for a recipe of your own",
    )


def path_of(name_or_file: str) -> Path:
    """The file of a recipe; in a folder it is called recipe.yaml."""
    if not is_file(name_or_file):
        return builtin.path(name_or_file)
    path = Path(name_or_file)
    return path / builtin.IN_FOLDER if path.is_dir() else path


def _folder(path: Path) -> Path | None:
    """The folder that belongs to a recipe, where its kit is; None for a recipe that is a file of its own."""
    return path.parent if path.name == builtin.IN_FOLDER else None


def is_file(name_or_file: str) -> bool:
    """Whether a recipe of the user's own is meant, and not one of protogen's."""
    return "/" in name_or_file or name_or_file.endswith((".yaml", ".yml"))


def parse(text: str, file: str, cache: Cache | None = None, folder: Path | None = None) -> Recipe:
    """A recipe from its text, and its kit from its folder.

    Raises RecipeError, naming file, line, key and what was expected.
    """
    document = documents.parse(text, file, cache)
    outline = document.convert((), RecipeFile)
    if outline.schema != 1:
        raise document.error(f"{outline.schema} is not known", ("schema",), "1")
    _check_name(document, ("name",), outline.name)
    repositories = {name: _repository(document, name) for name in outline.repositories}
    if outline.releases not in repositories:
        raise document.error(f"no repository {outline.releases!r}", ("releases",), _one_of(repositories))
    if not repositories[outline.releases].is_always:
        here = ("repositories", outline.releases)
        raise document.error("its releases are what from and until are about", here, "none of them here")
    if not repositories[outline.releases].url:
        raise document.error("it has no url", ("releases",), "a repository in git, which has releases")
    for name, repository in repositories.items():
        _check_fixed(document, name, repository, outline.releases)
        for index, pin in enumerate(repository.pins):
            pins.check(document, ("repositories", name, "pins", index), pin, name, repositories)
    parts = {name: document.convert(("kit", name), kit.Part) for name in outline.kit}
    for name, part in parts.items():
        for index, path in enumerate(part.needs):
            _check_path(document, ("kit", name, "needs", index), path)
    files = kit.read(folder, document, parts) if folder else {}
    recipe = Recipe(
        name=outline.name,
        title=outline.title or outline.name,
        license=outline.license,
        releases=outline.releases,
        repositories=repositories,
        entry_points=_patterns(document, ("entry_points",), EntryPoints, repositories),
        groups={
            group: _patterns(document, ("groups", group), EntryPoints, repositories)
            for group in outline.groups
        },
        languages=outline.languages,
        document=document,
        digest=digest("".join([text, *_public_texts(outline.repositories), *kit.texts(files)])),
        prefer=_preferences(document, repositories) if outline.prefer else (),
        aliases=_aliases(document, outline.aliases),
        strip_options=_strip_options(document, outline.strip_options),
        kit=files,
        externals=externals.read(document, outline.externals),
    )
    if not recipe.entry_points:
        raise document.error("empty", ("entry_points",), "at least one pattern")
    return recipe


def _repository(document: Document, name: str) -> Repository:
    here = ("repositories", name)
    _check_name(document, here, name)
    if document.at(here) == public.PUBLIC:
        return _public(document, name)
    repository = document.convert(here, Repository)
    _check_place(document, here, repository)
    _check_templates(document, here, repository)
    for index, path in enumerate(repository.unpublished):
        _check_path(document, (*here, "unpublished", index), path)
    _check_roots(document, (*here, "roots"), repository)
    periods.check(document, here, repository)
    return repository


def _public_texts(repositories: Mapping[str, Any]) -> list[str]:
    """What is read of public repositories beside the recipe's own text."""
    names = sorted(name for name, each in repositories.items() if each == public.PUBLIC)
    return [str(msgspec.json.encode(public.known()[name])) for name in names]


def _public(document: Document, name: str) -> Repository:
    known = public.known()
    if name not in known:
        raise document.error(f"{name} is none that protogen knows", ("repositories", name), _one_of(known))
    return msgspec.convert(known[name].settings, Repository)


def _check_roots(document: Document, path: KeyPath, repository: Repository) -> None:
    for index, root in enumerate(repository.roots):
        here = (*path, index)
        if not isinstance(root, Root):
            _check_path(document, here, root)
            continue
        _check_path(document, (*here, "path"), root.path)
        if root.as_:
            _check(
                document, (*here, "as"), check_import, root.as_, "the folders that import names begin with"
            )
        check_patterns(document, (*here, "exclude"), root.exclude)
        periods.check(document, here, root)
    if not repository.roots:
        raise document.error("empty", path, "at least one import root")


def _check_place(document: Document, here: KeyPath, repository: Repository) -> None:
    """A repository is in git, or else in packages, which have no refs."""
    packages.check(document, (*here, "packages"), repository.packages)
    if repository.url or not repository.packages:
        _check(document, (*here, "url"), check_url, repository.url, "a URL or a path of a git repository")
        return
    for key in ("branch", "tag", "ref", "pins", "by_date"):
        if getattr(repository, key):
            raise document.error("packages have no refs", (*here, key), "url beside it, or packages alone")


def _check_templates(document: Document, here: KeyPath, repository: Repository) -> None:
    numbers = "{major}, {major}.{minor} or all three, in that order"
    if repository.branch and not is_for_branches(repository.branch):
        raise document.error(f"{repository.branch!r} can't name releases", (*here, "branch"), numbers)
    for index, template in enumerate(several(repository.tag)):
        if not is_for_tags(template):
            place = (*here, "tag") if isinstance(repository.tag, str) else (*here, "tag", index)
            raise document.error(
                f"{template!r} can't name releases", place, f"{numbers}; or {{date}}, or {{date}}-{{commit}}"
            )


def _patterns(
    document: Document, path: KeyPath, to: type[Pattern], repositories: dict[str, Repository]
) -> tuple[Pattern, ...]:
    """The patterns that stand at path, each of protos in one of the repositories."""
    found = []
    for index in range(len(document.at(path))):
        here: KeyPath = (*path, index)
        each = document.convert(here, to)
        if each.repository not in repositories:
            raise document.error(
                f"no repository {each.repository!r}", (*here, "repository"), _one_of(repositories)
            )
        _check_path(document, (*here, "pattern"), each.pattern)
        if each.pattern.startswith("!"):
            left_out = f"exclude: [{each.pattern[1:]!r}] beside the pattern that takes too much"
            raise document.error(f"{each.pattern!r}", (*here, "pattern"), left_out)
        if not each.pattern.endswith(".proto"):
            raise document.error(f"{each.pattern!r}", (*here, "pattern"), "a pattern that ends in .proto")
        if isinstance(each, EntryPoints):
            check_patterns(document, (*here, "exclude"), each.exclude)
            periods.check(document, here, each)
        found.append(each)
    return tuple(found)


def _preferences(document: Document, repositories: dict[str, Repository]) -> tuple[Preference, ...]:
    found = _patterns(document, ("prefer",), Preference, repositories)
    for index, each in enumerate(found):
        roots = [root.path for root in repositories[each.repository].import_roots]
        if each.root and each.root not in roots:
            raise document.error(
                f"{each.repository} has no root {each.root!r}", ("prefer", index, "root"), _one_of(roots)
            )
    return found


def _aliases(document: Document, aliases: dict[str, str]) -> dict[str, str]:
    for name, target in aliases.items():
        here: KeyPath = ("aliases", name)
        for each in (name, target):
            _check(document, here, check_import, each, "import names, as protos write them")
            if not each.endswith(".proto"):
                raise document.error(f"{each!r}", here, "names that end in .proto")
        if target in aliases:
            raise document.error(f"{target} is an alias itself", here, f"{aliases[target]}, or another file")
    return aliases


def _strip_options(document: Document, packages: Sequence[str]) -> tuple[str, ...]:
    for index, each in enumerate(packages):
        here: KeyPath = ("strip_options", index)
        if not PROTO_PACKAGE.fullmatch(each):
            raise document.error(f"{each!r}", here, "a proto package, such as gogoproto")
        if f"{each}.".startswith("google.protobuf."):
            raise document.error(f"{each} has the options of protobuf itself", here, "another proto package")
    return tuple(packages)


def _check_fixed(document: Document, name: str, repository: Repository, releases: str) -> None:
    """A ref that every release takes is that of a repository without releases of its own."""
    here: KeyPath = ("repositories", name, "by_date")
    if repository.by_date:
        _check(document, here, check_ref, repository.by_date, "a branch")
        if name == releases:
            raise document.error("--version names what is taken of it", here, "branch or tag")
    here = ("repositories", name, "ref")
    if not repository.ref:
        return
    _check(document, here, check_ref, repository.ref, "a branch, a tag or a full commit id")
    if name == releases:
        raise document.error("--version names what is taken of it", here, "branch or tag")
    for key in ("branch", "tag", "pins", "by_date"):
        if getattr(repository, key):
            raise document.error(f"{key} stands beside it", here, f"ref, or {key}")


def _check(
    document: Document, path: KeyPath, check: Callable[[str], None], value: str, expected: str
) -> None:
    """Raise RecipeError, with the line, for a value that a check refuses."""
    try:
        check(value)
    except ValueError as error:
        raise document.error(str(error), path, expected) from None


def _check_path(document: Document, path: KeyPath, value: str) -> None:
    _check(document, path, check_relative, value, "a path inside the repository, with /")


def _check_name(document: Document, path: KeyPath, name: str) -> None:
    if not NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise document.error(f"{name!r} can't be a name", path, "lower case letters, digits, - and _")


def _one_of(names: Iterable[str]) -> str:
    return "one of " + ", ".join(sorted(names))
