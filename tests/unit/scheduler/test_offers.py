"""Which of the free slots are offered for a wish, and with whom."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from contracts.values import TimeWindow
from services.scheduler.domain.assignment import rank
from services.scheduler.domain.availability import Availability, Busy
from services.scheduler.domain.hold import MAX_HELD, Hold, held_until, surplus
from services.scheduler.domain.slot import Slot, Wish, choose, parse_slot_id
from services.scheduler.domain.working_days import WorkingDays

ISRAEL = ZoneInfo("Asia/Jerusalem")
SUNDAY = datetime(2026, 11, 22, 10, 0, tzinfo=ISRAEL)


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ISRAEL)


@pytest.fixture
def free(representative):
    return Availability(representative(minimum_notice_hours=4), WorkingDays()).free(SUNDAY, [])


def _walls(slots) -> list[str]:
    return [slot.start.astimezone(ISRAEL).strftime("%a %d %H:%M") for slot in slots]


def _choose(free, wish: Wish) -> list[str]:
    return _walls(choose(free, wish, {"noa": 0}, ISRAEL))


def test_without_a_wish_two_days_and_two_parts_of_day_are_offered(free):
    first, second = choose(free, Wish(), {"noa": 0}, ISRAEL)
    walls = [slot.start.astimezone(ISRAEL) for slot in (first, second)]
    assert walls[0].date() != walls[1].date()
    assert (walls[0].hour < 12) != (walls[1].hour < 12)
    assert all(wall.minute == 0 for wall in walls)


def test_an_exact_moment_comes_first_and_then_the_nearest(free):
    wish = Wish(TimeWindow(start=_at(24, 16), end=_at(24, 16)))
    assert _choose(free, wish)[0] == "Tue 24 16:00"
    assert _choose(free, wish)[1] in ("Tue 24 15:30", "Tue 24 16:30")


def test_a_window_is_kept_to_and_its_offers_are_apart(free):
    wish = Wish(TimeWindow(start=_at(25, 12), end=_at(25, 17)))
    first, second = choose(free, wish, {"noa": 0}, ISRAEL)
    assert first.start in wish.window
    assert second.start in wish.window
    assert second.start - first.start >= timedelta(hours=1.5)


def test_a_window_with_one_slot_left_gets_it_and_the_nearest_outside(free):
    wish = Wish(TimeWindow(start=_at(25, 14), end=_at(25, 14, 30)))
    offered = _choose(free, wish)
    assert "Wed 25 14:00" in offered
    assert len(offered) == 2
    assert all(slot.startswith("Wed 25") for slot in offered)


def test_a_closed_wish_gets_the_nearest_around_it(free):
    saturday = Wish(TimeWindow(start=_at(28, 0), end=_at(29, 0)))
    assert {slot[:6] for slot in _choose(free, saturday)} == {"Sun 29"}


def test_not_before_and_not_these_are_honoured(free):
    wish = Wish(not_before=_at(26, 0))
    offered = choose(free, wish, {"noa": 0}, ISRAEL)
    assert all(slot.start >= _at(26, 0) for slot in offered)
    others = choose(
        free, Wish(not_before=_at(26, 0), exclude=frozenset(slot.slot_id for slot in offered)), {"noa": 0}, ISRAEL
    )
    assert len(others) == 2
    assert not set(others) & set(offered)


def test_what_the_lead_does_not_want_is_not_offered_though_it_is_inside_the_wish(free):
    wednesday = TimeWindow(start=_at(25, 0), end=_at(26, 0))
    never = (TimeWindow(start=_at(24, 0), end=_at(25, 0)), TimeWindow(start=_at(25, 9), end=_at(25, 14)))
    offered = choose(free, Wish(not_before=_at(24, 0), not_on=never, count=40), {"noa": 0}, ISRAEL)
    assert {slot.start.astimezone(ISRAEL).day for slot in offered} >= {25, 26, 29}
    assert not [slot for slot in offered if any(slot.start in each for each in never)]
    assert {slot[:6] for slot in _choose(free, Wish(wednesday, not_on=(wednesday,)))} <= {"Tue 24", "Thu 26"}
    (first,) = choose(free, Wish(wednesday, count=1), {"noa": 0}, ISRAEL)
    exactly = TimeWindow(start=first.start + timedelta(minutes=10), end=first.start + timedelta(minutes=10))
    assert first not in choose(free, Wish(wednesday, not_on=(exactly,), count=50), {"noa": 0}, ISRAEL), (
        "it lasts till then"
    )


def test_count_is_met_or_all_there_is(free):
    assert len(_choose(free, Wish(count=5))) == 5
    assert len(_choose(free[:1], Wish(count=5))) == 1
    assert _choose([], Wish()) == []


def test_a_moment_is_offered_once_with_whose_turn_it_is(representative):
    one, two = representative(id="noa"), representative(id="yoav")
    both = [slot for each in (one, two) for slot in Availability(each, WorkingDays()).free(SUNDAY, [])]
    offered = choose(both, Wish(count=6), {"noa": 1, "yoav": 0}, ISRAEL)
    assert len({slot.start for slot in offered}) == 6
    assert [slot.representative_id for slot in choose(both, Wish(count=1), {"noa": 1, "yoav": 0}, ISRAEL)] == ["yoav"]
    assert {slot.representative_id for slot in offered} == {"noa", "yoav"}, "offers are spread over people"
    taken = [Busy("yoav", _at(24, 16), _at(24, 17))]
    rest = Availability(one, WorkingDays()).free(SUNDAY, []) + Availability(two, WorkingDays()).free(SUNDAY, taken)
    (slot,) = choose(rest, Wish(TimeWindow(start=_at(24, 16), end=_at(24, 16)), count=1), {"noa": 1, "yoav": 0}, ISRAEL)
    assert slot.slot_id == "noa-20261124T1400Z"


def test_of_two_offers_each_person_gets_one_and_whoever_is_asked_for_gets_both(representative):
    people = [representative(id="noa"), representative(id="yoav")]
    both = [slot for each in people for slot in Availability(each, WorkingDays()).free(SUNDAY, [])]
    ranks = {"noa": 0, "yoav": 1}
    first, second = choose(both, Wish(), ranks, ISRAEL)
    assert {first.representative_id, second.representative_id} == {"noa", "yoav"}
    assert first.start.astimezone(ISRAEL).date() != second.start.astimezone(ISRAEL).date()
    asked = choose(both, Wish(representative_id="yoav", count=3), ranks, ISRAEL)
    assert {slot.representative_id for slot in asked} == {"yoav"}


def test_turns_follow_the_weights_and_the_lead_keeps_its_person(representative):
    people = [representative(id="noa", weight=2), representative(id="yoav")]
    busy: list[Busy] = []
    for n in range(30):
        ranks = rank(people, busy, SUNDAY)
        busy.append(Busy(min(ranks, key=lambda each: ranks[each]), SUNDAY, SUNDAY, owner=str(n)))
    assert [each.representative_id for each in busy].count("noa") == 20
    theirs = Busy("yoav", _at(24, 16), _at(24, 17), "meeting", lead_id="dana")
    for_others, for_dana = rank(people, [theirs], SUNDAY, "gal"), rank(people, [theirs], SUNDAY, "dana")
    assert (for_others["yoav"], for_dana["yoav"]) == (1, 0)
    assert rank(people, [theirs], _at(25, 0), "dana")["yoav"] == 1, "it is over"


@pytest.mark.parametrize("weights", [{"noa": 2, "yoav": 1}, {"noa": 3, "yoav": 1, "gal": 1}, {"noa": 1, "yoav": 1}])
@pytest.mark.parametrize("choice", ["first", "last", "any", "never noa"])
def test_whatever_leads_choose_meetings_follow_the_weights(representative, weights, choice):
    """Offers are spread over people and the lead decides, so the weights show in what is offered over time."""
    people = [representative(id=each, weight=weight) for each, weight in weights.items()]
    availabilities = [Availability(each, WorkingDays()) for each in people]
    busy: list[Busy] = []
    spread = 0
    dice = random.Random(7)
    for n in range(30):
        free = [slot for each in availabilities for slot in each.free(SUNDAY, busy)]
        offered = choose(free, Wish(), rank(people, busy, SUNDAY), ISRAEL)
        spread += len({slot.representative_id for slot in offered}) > 1
        others = [slot for slot in offered if slot.representative_id != "noa"]
        picks = {
            "first": offered[0],
            "last": offered[-1],
            "any": dice.choice(offered),
            "never noa": (others or offered)[0],
        }
        slot = picks[choice]
        busy.append(Busy(slot.representative_id, slot.start, slot.end, owner=str(n)))
    got = Counter(each.representative_id for each in busy)
    for each, weight in weights.items():
        assert abs(got[each] - 30 * weight / sum(weights.values())) <= 3, got
    assert spread >= 10, "and two people are offered wherever nobody is far ahead"


def test_a_slots_name_says_who_and_when():
    assert parse_slot_id("noa-levi-20261124T0830Z") == ("noa-levi", datetime(2026, 11, 24, 8, 30, tzinfo=UTC))
    assert parse_slot_id("noa") is None
    assert parse_slot_id("20261124T0830Z") is None


def test_the_same_wish_has_the_same_key_whatever_the_zone_or_the_order():
    window = TimeWindow(start=_at(24, 16), end=_at(24, 17))
    in_utc = TimeWindow(start=window.start.astimezone(UTC), end=window.end.astimezone(UTC))
    assert Wish(window, exclude=frozenset("ab")).key == Wish(in_utc, exclude=frozenset("ba")).key
    assert Wish(window).key != Wish(window, count=3).key
    assert Wish(window).key != Wish().key
    assert Wish(window, not_on=(in_utc,)).key == Wish(window, not_on=(window,)).key != Wish(window).key


def test_a_call_that_holds_too_much_lets_go_of_what_it_held_longest():
    def hold(n: int) -> Hold:
        start = SUNDAY + timedelta(hours=n)
        return Hold(
            uuid4(), Slot("noa", start, start), start, start, held_until(SUNDAY + timedelta(seconds=n), 600), ""
        )

    known = [hold(n) for n in range(MAX_HELD)]
    assert surplus(known, [hold(50), hold(51)], SUNDAY) == {known[0].slot.slot_id, known[1].slot.slot_id}
    assert surplus(known[:3], [hold(50)], SUNDAY) == set()
