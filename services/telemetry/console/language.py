"""The words of the console in each language, from one catalogue: no sentence is written in a page."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contracts import reasons
from services.runtime.clock import ISRAEL

CATALOGUE = Path(__file__).with_name("words")
REASONS = Path(__file__).with_name("reasons")
"""What each of `contracts.reasons` is in a language; English is what they are told in, so that it has few of them."""
DEFAULT = "he"
_NAMED = {"state": "campaign_state", "outcome": "outcome", "rule": "rule", "column": "column", "field": "field"}
"""Gaps of reasons that are filled with one of a family of names."""
_DAY = re.compile(r"(?:[A-Z][a-z]{2} )?(\d{4})-(\d\d)-(\d\d)")
_HEBREW = re.compile("[א-ת]")


class Words:
    """What to say in one language. `words("live.say")` is a sentence of the catalogue, its gaps filled."""

    def __init__(self, language: str, catalogue: Mapping[str, str], reasons: Mapping[str, str] | None = None) -> None:
        self.language = language
        self.catalogue = catalogue
        self.reasons = reasons or {}

    def __call__(self, key: str, **gaps: object) -> str:
        """Raises KeyError for what the catalogue does not say."""
        return self.catalogue[key].format(**gaps) if gaps else self.catalogue[key]

    def of(self, family: str, name: object | None) -> str:
        """One of a family of names that others choose, such as outcomes; a new one is shown as it is."""
        if name is None:
            return "–"
        return self.catalogue.get(f"{family}.{name}", str(name).replace("_", " "))

    def why(self, told: str) -> str:
        """Reasons in this language; what is none of ours, such as a carrier's words, is shown as it was told."""
        found = reasons.read(told)
        if found is None:
            return told
        return reasons.BETWEEN.join(self._reason(code, about) for code, about in found)

    def fault(self, problem: str, cure: str) -> tuple[str, str]:
        """What is wrong and how to mend it, which are the two halves of a reason, in this language."""
        if not cure:
            return self.why(problem), ""
        problem, _, cure = self.why(f"{problem}{reasons.BETWEEN}{cure}").rpartition(reasons.BETWEEN)
        return problem, cure

    def _reason(self, code: str, about: Mapping[str, str]) -> str:
        gaps = {name: self._gap(name, value) for name, value in about.items()}
        return self.reasons.get(code, reasons.REASONS[code].replace("!r}", "}")).format(**gaps)

    def _gap(self, name: str, value: str) -> str:
        if name == "why":
            return self.why(value)
        if name in _NAMED:
            return self.of(_NAMED[name], value) if self.is_rtl else self.of(_NAMED[name], value).lower()
        if not self.is_rtl:
            return value
        if name in ("when", "day"):
            return apart(_DAY.sub(r"\3.\2.\1", value))
        return value if _HEBREW.search(value) else apart(value)

    @property
    def is_rtl(self) -> bool:
        return self.language == "he"

    @property
    def quasar(self) -> str:
        """What the page's widgets call the language."""
        return "he" if self.is_rtl else "en-US"

    def day(self, moment: datetime) -> str:
        """A day in Israel, such as Sunday 22.11."""
        local = moment.astimezone(ISRAEL)
        return f"{self(f'weekday.{(local.weekday() + 1) % 7}')} {local:%d.%m}"

    def time(self, moment: datetime) -> str:
        return f"{moment.astimezone(ISRAEL):%H:%M}"

    def clock(self, moment: datetime) -> str:
        """To the second, in Israel."""
        return f"{moment.astimezone(ISRAEL):%H:%M:%S}"

    def moment(self, moment: datetime | None) -> str:
        """Day and time in Israel; a dash for none."""
        return f"{moment.astimezone(ISRAEL):%d.%m.%Y %H:%M}" if moment else "–"

    def wait(self, milliseconds: float | None) -> str:
        """How long somebody waited."""
        if milliseconds is None:
            return "–"
        if milliseconds < 1000:
            return apart(self("unit.milliseconds", number=f"{milliseconds:.0f}"))
        return apart(self("unit.seconds", number=f"{milliseconds / 1000:.1f}"))

    def money(self, amount: float | None, currency: str | None) -> str:
        """A sum; unknown stays unknown."""
        return self("cost.unknown") if amount is None else apart(f"{amount:,.2f} {currency or ''}".strip())

    def percent(self, share: float | None) -> str:
        return "–" if share is None else f"{share * 100:.1f}%"


def apart(text: str) -> str:
    """Numbers and codes that read from left to right, whatever stands around them."""
    return f"\N{LEFT-TO-RIGHT ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"


def duration(seconds: float) -> str:
    """Minutes and seconds, and hours if there are any, the same in every language."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


@cache
def languages() -> Mapping[str, Words]:
    """Every language there is, the default one first."""
    names = sorted((file.stem for file in CATALOGUE.glob("*.yaml")), key=lambda name: (name != DEFAULT, name))
    return {name: Words(name, _read(CATALOGUE / f"{name}.yaml"), _reasons(name)) for name in names}


def _reasons(language: str) -> dict[str, str]:
    file = REASONS / f"{language}.yaml"
    return _read(file) if file.exists() else {}


def words_in(language: str | None) -> Words:
    """The words of a language, or of the default one if there is none such."""
    return languages().get(language or DEFAULT, languages()[DEFAULT])


def _read(file: Path) -> dict[str, str]:
    return dict(_flat(yaml.safe_load(file.read_text(encoding="utf-8")), ""))


def _flat(tree: Mapping[Any, Any], above: str) -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", str(value)
