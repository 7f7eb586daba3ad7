"""What a check of `messiah doctor` finds, and how it is shown."""

from dataclasses import dataclass
from enum import StrEnum

from messiah.terminal import Screen


class Health(StrEnum):
    """What a check found: as it should be, absent but not needed, or in the way."""

    GOOD = "ok"
    ABSENT = "absent"
    BROKEN = "broken"


@dataclass(frozen=True)
class Finding:
    """What one check found, and what to do about it."""

    what: str
    health: Health
    detail: str
    remedy: str = ""


def good(what: str, detail: str) -> Finding:
    return Finding(what, Health.GOOD, detail)


def absent(what: str, detail: str, remedy: str) -> Finding:
    return Finding(what, Health.ABSENT, detail, remedy)


def broken(what: str, detail: str, remedy: str) -> Finding:
    return Finding(what, Health.BROKEN, detail, remedy)


def show(finding: Finding, screen: Screen) -> None:
    """One line for what was found and one for what to do about it."""
    mark, style = {Health.GOOD: ("+", "green"), Health.ABSENT: ("-", "yellow"), Health.BROKEN: ("!", "red")}[
        finding.health
    ]
    screen.say(f"{mark} {finding.what}: {finding.detail}", style)
    if finding.remedy:
        screen.say(f"    {finding.remedy}")
