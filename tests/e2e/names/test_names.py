"""Each hostile set ends with code that Go takes, or with two places that it can't have; never between.

PROTOGEN_NAMES: how many sets are tried; PROTOGEN_NAMES_SEED: a number, others for each.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from protogen.languages.go import section
from tests.e2e.names import campaign
from tests.e2e.names.campaign import Case
from tests.support.command import must, run
from tests.support.hostile_protos import drawn

COUNT = int(os.environ.get("PROTOGEN_NAMES", "100"))
SEED = int(os.environ.get("PROTOGEN_NAMES_SEED", "0"))
SHARDS = 2
# Of those that the type checker took, every so many are given to the compiler too.
COMPILED = 40


@pytest.fixture(scope="session")
def plugins(tools: Path) -> dict[str, Path]:
    versions = section.pins().defaults.tools
    return {name: next(tools.glob(f"{name}@{versions[name]}-*/{name}")) for name in section.PLUGINS}


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_set_is_code_that_go_takes_or_names_two_places(
    shard: int, plugins: dict[str, Path], shared: Path, tmp_path: Path
) -> None:
    environ = {"GOCACHE": str(shared / "gocache"), "GOFLAGS": "", "GOWORK": "off"}
    sets = list(enumerate(drawn(COUNT, seed=SEED, editions=True)))[shard::SHARDS]
    cases = [campaign.decided(number, protos, tmp_path / "protos") for number, protos in sets]
    files = {
        f"{case.folder}/{path}": content
        for case in cases
        for path, content in campaign.generated(case, plugins).items()
    }
    module = tmp_path / "module"
    found = campaign.checked(module, files, environ)
    wrong = [problem for case in cases for problem in judged(case, found)]
    assert not wrong, "\n\n".join([f"{len(wrong)} of {len(cases)} sets", *wrong[:5]])

    taken = [f"./{case.folder}/..." for case in cases if not case.refusal][::COMPILED]
    must(run(["go", "build", *taken], cwd=module, **environ))


def judged(case: Case, found: dict[str, campaign.Found]) -> list[str]:
    """What is wrong with what came of a set; nothing, most of all."""
    packages = {folder: each for folder, each in campaign.predicted(case).items() if folder in found}
    errors = [error for folder in packages for error in found[folder]["errors"]]
    if case.refusal:
        named = case.refusal.where.split(" and ")
        if len(named) != 2 or not all(each.partition(":")[0] in case.protos for each in named):
            return [f"{case.refusal}\nnames no two places\n{case}"]
        if packages and not errors:
            return [f"refused for nothing: {case.refusal}\n{case}"]
    elif errors:
        return ["\n".join([*errors[:5], str(case)])]
    for folder, (declared, members) in packages.items():
        actual = found[folder]
        if sorted(declared.elements()) != sorted(actual["declared"]):
            differing = set(declared.elements()) ^ set(actual["declared"])
            return [f"{folder} declares otherwise: {sorted(differing)}\n{case}"]
        for owner, names in members.items():
            if not case.refusal and names != set(actual["members"][owner]) - campaign.INTERNAL:
                differing = names ^ set(actual["members"][owner])
                return [f"{folder}: {owner} has other members: {sorted(differing)}\n{case}"]
    return []
