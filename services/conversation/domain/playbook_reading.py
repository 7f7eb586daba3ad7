"""Reads a playbook from YAML: what is wrong is told with its line and the remedy, all of it at once."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from contracts.chat import PlaybookFault
from contracts.reasons import said
from services.conversation.domain.playbook import UNCHANGEABLE, Playbook, changed
from services.conversation.domain.playbook_lint import lint_for
from services.conversation.domain.sentences import LINT
from services.conversation.domain.suggestions import did_you_mean
from services.runtime.errors import InvalidMessage

MOST_BYTES = 200_000
"""More is no playbook, and more than the broker stores in one message."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ODD_VALUES = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)
"""What the library raises itself for values such as 2026-02-30 or !!bool x."""
_DEEPEST = 12
_KEY_NAMED = re.compile(r"`(\w+)`: ")
_REMEDIES = {
    "string_type": said("value_text"),
    "model_type": said("value_section"),
    "dict_type": said("value_section"),
    "tuple_type": said("value_list"),
    "enum": said("value_gender"),
}

Path = tuple[int | str, ...]


class BadPlaybook(InvalidMessage):
    """A playbook that cannot be used. `faults` are all that was found."""

    def __init__(self, origin: str, faults: tuple[PlaybookFault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(f"{origin}, line {fault.line or 1}: {fault.message}" for fault in faults))


def content_hash(text: str) -> str:
    """The id of one version of a playbook."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_playbook(text: str, *, lint: bool = True) -> tuple[Playbook | None, tuple[PlaybookFault, ...]]:
    """The playbook in a text, if it can be used, and everything that is wrong with it.

    Without `lint` sentences are not judged: a version that was in force stays usable when the judgement sharpens.
    """
    if len(text.encode()) > MOST_BYTES:
        return None, (PlaybookFault(message=said("playbook_too_long", most=MOST_BYTES)),)
    try:
        if strange := _strange(text):
            return None, (strange,)
        loader = _LOADER(text)
        tree = loader.get_single_node()
        fields = loader.construct_document(tree) if tree else None
    except yaml.YAMLError as error:
        return None, (_unreadable(error),)
    except _ODD_VALUES:
        return None, (PlaybookFault(message=said("value_odd")),)
    if not isinstance(fields, dict) or not isinstance(tree, yaml.MappingNode):
        return None, (PlaybookFault(line=1, message=said("playbook_begins")),)
    faults = list(_repeated(tree))
    context = {LINT: lint_for(str(fields.get("language", "he")), fields)} if lint else {}
    playbook: Playbook | None = None
    try:
        playbook = Playbook.model_validate(fields, context=context)
    except ValidationError as error:
        faults += [_fault(tree, each) for each in error.errors()]
    else:
        faults += _in_variants(tree, fields, context)
    faults.sort(key=lambda fault: fault.line or 0)
    return (None if faults else playbook), tuple(faults)


def parse_playbook(text: str, origin: str, *, lint: bool = True) -> Playbook:
    """Read a playbook. Raises BadPlaybook with file, lines and remedies."""
    playbook, faults = read_playbook(text, lint=lint)
    if playbook is None:
        raise BadPlaybook(origin, faults)
    return playbook


def _strange(text: str) -> PlaybookFault | None:
    """What YAML knows and no playbook needs; read without end, it would keep a worker from its calls."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            return PlaybookFault(line=line, message=said("playbook_too_deep"))
        if isinstance(event, yaml.AliasEvent):
            return PlaybookFault(line=line, message=said("playbook_repeats", anchor=event.anchor))
    return None


def _unreadable(error: yaml.YAMLError) -> PlaybookFault:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    problem = error.problem if isinstance(error, yaml.MarkedYAMLError) else str(error)
    return PlaybookFault(line=mark.line + 1 if mark else 1, message=said("playbook_unreadable", fault=problem))


def _repeated(node: yaml.Node) -> Iterator[PlaybookFault]:
    """Keys that are there twice: YAML itself would silently take the last."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(item)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if key.value in seen:
            message = said("key_twice", key=key.value, line=seen[key.value])
            yield PlaybookFault(line=line, message=message)
        seen[key.value] = line
        yield from _repeated(value)


def _in_variants(tree: yaml.MappingNode, fields: Mapping[str, Any], context: dict[str, Any]) -> Iterator[PlaybookFault]:
    """What is wrong with the playbook once a variant has changed it."""
    for place, variant in enumerate(fields.get("variants") or ()):
        change = variant.get("change") or {}
        where: Path = ("variants", place, "change")
        for key in UNCHANGEABLE & change.keys():
            message = said("key_of_all_variants", key=key)
            yield PlaybookFault(line=_line_of(tree, (*where, key)), message=message)
        own = {key: value for key, value in change.items() if key not in UNCHANGEABLE}
        try:
            Playbook.model_validate(changed({**fields, "variants": ()}, own), context=context)
        except ValidationError as error:
            for each in error.errors():
                yield _fault(tree, each, before=where)


def _fault(tree: yaml.Node, error: ErrorDetails, before: Path = ()) -> PlaybookFault:
    path, message = error["loc"], str(error.get("ctx", {}).get("error") or error["msg"])
    if not path and (named := _KEY_NAMED.match(message)):
        path = (named[1],)
        message = message.removeprefix(named[0])
    what = ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
    if error["type"] == "extra_forbidden":
        message = said("key_unknown", why=did_you_mean(str(path[-1]), _keys_at(path[:-1]), "keys_known"))
    elif error["type"] == "missing":
        meaning = _meaning(path)
        message = said("key_missing_for", meaning=meaning) if meaning else said("key_missing")
    else:
        message = _REMEDIES.get(error["type"], message)
    return PlaybookFault(line=_line_of(tree, (*before, *path)), message=said("fault_at", place=what, why=message))


def _meaning(path: Path) -> str:
    """What a key is for, as the schema says it."""
    section = _section_at(path[:-1])
    field = section.model_fields.get(str(path[-1])) if section else None
    return field.description.splitlines()[0].rstrip(".") if field and field.description else ""


def _keys_at(path: Path) -> tuple[str, ...]:
    section = _section_at(path)
    return tuple(section.model_fields) if section else ()


def _section_at(path: Path) -> type[BaseModel] | None:
    """The section that a path leads to."""
    section: type[BaseModel] | None = Playbook
    for part in path:
        field = section.model_fields.get(part) if section and isinstance(part, str) else None
        if field is not None:
            section = _section_in(field.annotation)
    return section


def _section_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _section_in(each))), None)


def _line_of(node: yaml.Node | None, path: Path) -> int:
    """The line of a key, or of the deepest part of its path that exists."""
    line = node.start_mark.line + 1 if node else 1
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == str(part)), None)
            if found is None:
                return line
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line
