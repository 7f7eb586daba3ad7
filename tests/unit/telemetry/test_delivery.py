"""How long and how often a delivery is tried, walked through without waiting."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

from services.telemetry.domain.delivery import BACKOFF, Delivery, DeliveryStatus

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def tried_in_vain(delivery: Delivery, wait: timedelta | None = None) -> tuple[Delivery, list[datetime]]:
    """The delivery when it is given up, and when it was tried."""
    tries = []
    while delivery.status is DeliveryStatus.PENDING:
        tries.append(now := delivery.attempt_at)
        delivery = delivery.claimed(now).refused_for_now("the receiver answered 503", now, wait)
        assert len(tries) < 1000
    return delivery, tries


def news() -> Delivery:
    return Delivery.of("webhook:1", "call.logged", uuid4(), {}, "dana", NOW)


def test_it_is_tried_for_a_whole_day_ever_more_seldom_and_then_dead():
    dead, tries = tried_in_vain(news())
    assert dead.status is DeliveryStatus.DEAD
    assert dead.reason == f"given up after {len(tries)} attempts: the receiver answered 503"
    assert (tries[0], tries[-1]) == (NOW, NOW + DAY)
    assert 12 <= len(tries) <= 18
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert max(pauses) <= BACKOFF.longest * 1.2
    assert all(later > earlier for earlier, later in pairwise(pauses[:7]))


def test_a_receiver_that_asks_for_more_time_gets_it():
    _, tries = tried_in_vain(news(), wait=timedelta(hours=1))
    pauses = [later - earlier for earlier, later in pairwise(tries[:-1])]
    assert min(pauses) >= timedelta(hours=1)
    assert tries[-1] == NOW + DAY


def test_a_replay_has_another_day_under_the_same_id():
    dead, _ = tried_in_vain(news())
    later = NOW + timedelta(days=3)
    again = dead.replayed(later)
    assert (again.delivery_id, again.attempts, again.reason) == (dead.delivery_id, 0, None)
    gone, tries = tried_in_vain(again)
    assert (tries[0], tries[-1], gone.status) == (later, later + DAY, DeliveryStatus.DEAD)
