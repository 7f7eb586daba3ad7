"""`messiah playbook try`: a conversation in the terminal, to its end."""

from io import StringIO

import pytest
from rich.console import Console

from contracts.values import LeadFacts
from messiah.terminal import Screen
from messiah.trying import Trial, converse
from services.runtime.errors import Failure
from tests.component.conversation.conftest import TUESDAY
from tests.component.conversation.test_rehearsal import free_slots

__all__ = ["free_slots"]


def typed(*lines: str):
    left = iter(lines)

    def listen() -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    return listen


@pytest.fixture
async def trial(start_worker, broker, free_slots) -> Trial:
    await start_worker()
    return Trial(broker, LeadFacts(name="דנה כהן"), now=TUESDAY)


async def shown(trial: Trial, *lines: str) -> str:
    out = StringIO()
    await converse(trial, Screen(Console(file=out, width=200)), typed(*lines))
    return out.getvalue()


async def test_it_goes_on_until_a_meeting_is_booked_on_paper(trial: Trial) -> None:
    seen = await shown(trial, "כן בסדר", "באקסל", "", "עשרה", "הראשון")
    assert "בינה מלאכותית" in seen
    assert "offer_slots slots: " in seen
    assert "book meeting: " in seen
    assert len(trial.offered) == 2


async def test_it_ends_when_the_agent_hangs_up(trial: Trial) -> None:
    seen = await shown(trial, "תורידו אותי מהרשימה ואל תתקשרו יותר", "הלו?")
    assert "(hangs up)" in seen
    assert "הלו?" not in [line.text for line in trial.history]


async def test_an_unknown_playbook_is_told(trial: Trial) -> None:
    trial.playbook = "nobody"
    with pytest.raises(Failure, match="nobody"):
        await shown(trial)
