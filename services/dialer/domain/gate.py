"""The gate that every call must pass.

All rules are asked every time, so that a refusal names everything that is wrong. A rule that cannot be evaluated
refuses.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from contracts.reasons import BETWEEN, said
from contracts.values import Verdict
from services.dialer.domain.best_call_time import heeding
from services.dialer.domain.gate_context import GateContext
from services.dialer.domain.rules import RULES, Rule


@dataclass(frozen=True)
class Decision:
    """What the gate says of a lead."""

    verdicts: tuple[Verdict, ...]
    until: datetime | None = None
    """When to try again, if the time is all that is wrong."""

    @cached_property
    def refusals(self) -> tuple[Verdict, ...]:
        return tuple(each for each in self.verdicts if not each.allowed)

    @property
    def allowed(self) -> bool:
        return not self.refusals

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(each.reason for each in self.refusals)

    @property
    def in_words(self) -> str:
        return BETWEEN.join(self.reasons) or said("all_allow")


def decide(context: GateContext) -> Decision:
    """Ask every rule. Deferred only if nothing but the time is wrong."""
    verdicts = tuple(_ask(rule, context) for rule in RULES)
    waits = [each.until for each in verdicts if not each.allowed]
    if not waits or any(until is None for until in waits):
        return Decision(verdicts)
    hours, _ = heeding(context.hours, context.wish, context.now)
    return Decision(verdicts, hours.next_open(max(until for until in waits if until is not None)))


def _ask(rule: Rule, context: GateContext) -> Verdict:
    try:
        return rule(context)
    except Exception as error:  # whatever is wrong with a rule, nobody is called because of it
        name = rule.__name__
        reason = said("not_evaluated", rule=name, fault=repr(error))
        return Verdict(rule=name, allowed=False, code="not_evaluated", reason=reason)
