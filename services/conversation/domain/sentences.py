"""Sentences of a playbook: templates over the lead, and what each may name.

A sentence may name variables, give a fallback with `or` and leave a part out with `if`. Nothing else of Jinja is
let in, so no playbook can loop, call or reach for anything.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from itertools import product
from typing import Annotated

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment
from pydantic import AfterValidator, Field, ValidationInfo

from contracts.reasons import BETWEEN, said
from services.conversation.domain.suggestions import did_you_mean

LEAD_VARIABLES = ("name", "first_name", "company", "business_type", "challenges", "number_source")
"""Any of them may be empty: a sentence that names one says what else to say."""
OWN_VARIABLES = ("persona", "seller", "minutes")
"""Known in every sentence: who speaks, for whom, and how long the meeting is."""
RECORDED = "recorded"
"""Known in a disclosure: empty where the call is not recorded."""

LINT = "lint"
"""The key in the validation context of a `Lint`; without one sentences are only tried."""
Lint = Callable[[str, tuple[str, ...]], list[str]]
"""What is wrong with a sentence that may name some variables of its own."""

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.Or,
    nodes.And,
    nodes.Not,
    nodes.Compare,
    nodes.Operand,
)
_AI = ("בינה מלאכותית", "רובוט", "artificial intelligence", " AI ", "robot")
_RECORDED = ("מוקלט", "מקליט", "recorded", "recording")
_jinja = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


def render(sentence: str, values: Mapping[str, str]) -> str:
    """Fill a sentence in. Raises ValueError if it is no template or names an unknown variable."""
    try:
        return " ".join(_template(sentence).render(values).split())
    except TemplateError as error:
        raise ValueError(f"{error}; a sentence may use {', '.join(values)}") from error


def variables(sentence: str) -> set[str]:
    """The names a sentence uses. Raises ValueError if it does more than name variables."""
    return {node.name for node in _nodes(sentence) if isinstance(node, nodes.Name)}


def unguarded(sentence: str) -> list[str]:
    """Facts of the lead that a sentence uses without saying what to do where they are unknown."""
    guards = {
        each.name
        for node in _nodes(sentence)
        if isinstance(node, nodes.If | nodes.CondExpr | nodes.Or)
        for each in _names(node.left if isinstance(node, nodes.Or) else node.test)
    }
    return [name for name in LEAD_VARIABLES if name in variables(sentence) - guards]


def _checked(sentence: str, info: ValidationInfo, own: tuple[str, ...] = (), may: tuple[str, ...] = ()) -> str:
    """`own` has to be named in it, and `may` be."""
    allowed = (*LEAD_VARIABLES, *OWN_VARIABLES, *own, *may)
    used = variables(sentence)
    for name in sorted(used - set(allowed)):
        raise ValueError(said("variable_unknown", name=name, why=did_you_mean(name, allowed, "variables_known")))
    for name in own:
        if name not in used:
            raise ValueError(said("variable_unnamed", name=name))
    for name in unguarded(sentence):
        raise ValueError(said("variable_unguarded", name=name))
    lint: Lint | None = (info.context or {}).get(LINT)
    if lint is not None and (problems := lint(sentence, (*own, *may))):
        raise ValueError(BETWEEN.join(problems))
    return sentence


def _disclosing(sentence: str) -> str:
    for known, recorded in product(("א", ""), repeat=2):
        values = dict.fromkeys((*LEAD_VARIABLES, *OWN_VARIABLES), known) | {RECORDED: recorded}
        heard = f" {render(sentence, values)} "
        told = any(word in heard for word in _RECORDED)
        if not any(word in heard for word in _AI) or (recorded and not told):
            raise ValueError(said("undisclosed"))
    return sentence


_Length = Field(min_length=1, max_length=300)
Sentence = Annotated[str, _Length, AfterValidator(_checked)]
"""What may be said at any time."""
Disclosure = Annotated[str, _Length, AfterValidator(partial(_checked, may=(RECORDED,))), AfterValidator(_disclosing)]
"""May leave out what it says of recording where nothing is recorded."""
OneSlot = Annotated[str, _Length, AfterValidator(partial(_checked, own=("first",)))]
TwoSlots = Annotated[str, _Length, AfterValidator(partial(_checked, own=("first", "second")))]
AtTime = Annotated[str, _Length, AfterValidator(partial(_checked, own=("when",)))]
ReadBack = Annotated[str, _Length, AfterValidator(partial(_checked, own=("email",)))]


@lru_cache(maxsize=4000)
def _template(sentence: str) -> Template:
    return _jinja.from_string(sentence)


@lru_cache(maxsize=4000)
def _nodes(sentence: str) -> tuple[nodes.Node, ...]:
    try:
        found = tuple(_walk(_jinja.parse(sentence)))
    except TemplateError as error:
        raise ValueError(said("template_unclosed", fault=error)) from error
    for node in found:
        if not isinstance(node, _ALLOWED):
            kind = type(node).__name__.lower()
            raise ValueError(said("template_too_much", kind=kind))
    return found


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _names(node: nodes.Node) -> list[nodes.Name]:
    return [each for each in _walk(node) if isinstance(each, nodes.Name)]
