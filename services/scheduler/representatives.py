"""Reads the file that says who takes meetings. Everything wrong in it is named with its line and the remedy."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from services.runtime.errors import InvalidMessage
from services.scheduler.calendars.directory import Environment
from services.scheduler.calendars.directory import wrong as calendar_at_fault
from services.scheduler.domain.calendar import KINDS
from services.scheduler.domain.team import Team

Place = tuple[str | int, ...]

_CURES = {
    "missing": "is missing; add it",
    "extra_forbidden": "there is no such field; docs/meetings.md lists those there are",
}
_FORMS = {
    "id": "is no id; take at most 32 of a-z, digits, - and _",
    "meeting_url": "is no address of a room; it begins with https://",
    "password_env": "is no name of a variable; write it like CALENDAR_NOA",
    "credentials_env": "is no name of a variable; write it like CALENDAR_GOOGLE",
}
"""Mistakes whose remedy the library does not name, by their kind, and by the field whose form is another."""


def load(path: Path, variables: Environment | None = None) -> Team:
    """The team in a YAML file. Raises InvalidMessage with file, line and remedy of everything that is wrong, also of
    what is missing in the environment for people's own calendars; `variables` None: it is not looked at."""
    lines: dict[Place, int] = {}
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        written = {} if root is None else _plain(root, lines, ())
    except OSError as error:
        raise InvalidMessage(
            f"{path}: cannot be read ({error.strerror}); set REPRESENTATIVES_FILE to a YAML file of representatives"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidMessage(f"{path}: is no proper YAML: {error}; mend it, or start from the packaged file") from error
    try:
        team = Team.model_validate(written)
    except ValidationError as error:
        wrong = [_explain(path, lines, each["loc"], _cure(each)) for each in error.errors()]
        raise InvalidMessage("\n".join(wrong)) from error
    if variables is not None and (closed := [_explain(path, lines, *each) for each in _closed(team, variables)]):
        raise InvalidMessage("\n".join(closed))
    return team


def _cure(error: ErrorDetails) -> str:
    if error["type"] == "string_pattern_mismatch":
        return _FORMS.get(str(error["loc"][-1]), error["msg"])
    return _CURES.get(error["type"], error["msg"])


def _closed(team: Team, variables: Environment) -> Iterator[tuple[Place, str]]:
    """The calendars that cannot be opened, and the remedies."""
    for number, each in enumerate(team.representatives):
        if (found := calendar_at_fault(each.calendar, variables)) is not None:
            yield ("representatives", number, "calendar", found[0]), found[1]


def _plain(node: yaml.Node, lines: dict[Place, int], place: Place) -> Any:
    """Nested lists and mappings of strings: YAML itself would read 13:00 as the number 780."""
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        mapping = {}
        for key, value in node.value:
            if (name := str(key.value)) in mapping:
                raise yaml.YAMLError(f"line {key.start_mark.line + 1}: {name} is given twice")
            mapping[name] = _plain(value, lines, (*place, name))
            lines[(*place, name)] = key.start_mark.line + 1
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, lines, (*place, n)) for n, item in enumerate(node.value)]
    return None if node.tag == "tag:yaml.org,2002:null" else node.value


def _explain(path: Path, lines: dict[Place, int], place: Place, message: str) -> str:
    place = tuple(
        part for part, before in zip(place, (None, *place), strict=False) if before != "calendar" or part not in KINDS
    )
    known = place
    while known not in lines and known:
        known = known[:-1]
    where = f"{path}:{lines[known]}" if known in lines else str(path)
    field = ".".join(map(str, place)) or "the file"
    return f"{where}: {field}: {message.removeprefix('Value error, ')}"
