"""The locks hold what pyproject.toml asks for: nothing missing, nothing too old, nothing without a hash."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCKS = {
    "requirements.txt": PROJECT["dependencies"] + EXTRAS["build"],
    "requirements-dev.txt": PROJECT["dependencies"] + EXTRAS["build"] + EXTRAS["dev"],
}

LESSER = {"recurring-ical-events", "x-wr-timezone"}
"""Under the LGPL, used unchanged and replaceable: what the CalDAV library stands on."""


def pins(name: str) -> dict[str, str]:
    """Versions by distribution."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return {canonicalize_name(found[0]): found[1] for found in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)}


@pytest.mark.parametrize(("name", "wanted"), LOCKS.items(), ids=LOCKS.keys())
def test_what_the_project_asks_for_is_locked(name, wanted):
    locked = pins(name)
    for requirement in map(Requirement, wanted):
        assert locked[canonicalize_name(requirement.name)] in requirement.specifier, f"{requirement}: run `make lock`"


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_hash_and_no_lock_names_a_registry(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text


def test_tests_run_on_the_versions_that_are_shipped():
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


def test_nothing_that_is_shipped_is_under_the_gpl():
    for name in pins("requirements.txt"):
        try:
            about = metadata(name)
        except PackageNotFoundError:  # locked for another platform
            continue
        said = [about.get("License-Expression", ""), about.get("License", "").partition("\n")[0]]
        said += [each for each in about.get_all("Classifier") or [] if each.startswith("License ::")]
        ours_to_choose = any(re.search("Apache|BSD", each) for each in said)
        copyleft = re.search(r"\b[AL]?GPL|General Public", " ".join(said)) and not ours_to_choose
        assert not copyleft or name in LESSER, f"{name}: {said}"
