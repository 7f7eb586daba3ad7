"""While callers listen, models' words gather, and those of all calls are taken up in the same moments."""

import pytest

from services.conversation.agents.connection import BEAT_S, until_beat


def test_who_began_to_rest_at_different_times_wakes_together():
    began = [50.01, 50.03, 50.06, 50.09]
    woken = [now + until_beat(now, 0.395) for now in began]
    assert woken == pytest.approx([50.4] * 4)


@pytest.mark.parametrize("now", [0.0, 7.123, 86_400.05, 1_000_000.099])
@pytest.mark.parametrize("at_most_s", [0.001, BEAT_S / 2, BEAT_S, 0.4])
def test_nobody_rests_too_long_or_not_at_all(now: float, at_most_s: float):
    assert 0 < until_beat(now, at_most_s) <= at_most_s + 1e-9
