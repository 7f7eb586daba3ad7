"""The numbers we call from take turns, and rest when each has made its calls of the day."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.dialer.domain.caller_numbers import CallerNumbers, day_began
from services.dialer.domain.redial import starved_delay
from services.dialer.settings import SIMULATOR_FROM_NUMBER, DialerSettings

ONE, TWO, THREE = "+97233760001", "+97233760002", "+97233760003"
NOON = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def test_they_take_turns_by_how_much_each_was_used():
    numbers = CallerNumbers((ONE, TWO, THREE))
    used = dict.fromkeys(numbers.numbers, 0)
    called = []
    for _ in range(6):
        number = numbers.next(used)
        used[number] += 1
        called.append(number)
    assert called == [ONE, TWO, THREE] * 2


def test_whoever_asked_for_a_call_sees_the_number_they_know():
    numbers = CallerNumbers((ONE, TWO), daily_limit=2)
    assert numbers.next({ONE: 0, TWO: 1}, known=TWO) == TWO
    assert numbers.next({ONE: 0, TWO: 2}, known=TWO) == ONE
    assert numbers.next({}, known="+97233769999") == ONE


@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 40))
def test_no_number_ever_exceeds_its_limit(count, limit, calls):
    numbers = CallerNumbers(tuple(f"+9723376{each:04}" for each in range(count)), limit)
    used = dict.fromkeys(numbers.numbers, 0)
    made = 0
    for _ in range(calls):
        number = numbers.next(used)
        if number is None:
            assert numbers.rest_until(used, NOON) is not None
            break
        used[number] += 1
        made += 1
    assert made == min(calls, count * limit)
    assert max(used.values()) <= limit
    assert max(used.values()) - min(used.values()) <= 1


def test_they_rest_until_the_israeli_day_is_over():
    numbers = CallerNumbers((ONE,), 1)
    assert numbers.rest_until({}, NOON) is None
    assert numbers.rest_until({ONE: 1}, NOON) == datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
    assert day_began(NOON) == datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
    assert day_began(datetime(2026, 7, 1, 21, 30, tzinfo=UTC)) == datetime(2026, 7, 1, 21, 0, tzinfo=UTC)


def test_one_number_without_a_limit_is_not_counted():
    assert not CallerNumbers((ONE,)).need_counting
    assert CallerNumbers((ONE,), 100).need_counting
    assert CallerNumbers((ONE, TWO)).need_counting


def test_several_are_separated_by_commas():
    settings = DialerSettings(_env_file=None, twilio_from_number=f"{ONE}, {TWO},", calls_per_number_per_day=50)
    assert settings.caller_numbers == CallerNumbers((ONE, TWO), 50)
    assert settings.from_number == ONE
    assert DialerSettings(_env_file=None).caller_numbers.numbers == (SIMULATOR_FROM_NUMBER,)
    with pytest.raises(ValidationError, match="TWILIO_FROM_NUMBER"):
        DialerSettings(_env_file=None, twilio_from_number="03-3760001")


def test_a_busy_carrier_is_left_alone_for_longer_and_longer():
    waits = [starved_delay(times, 0).total_seconds() / 60 for times in (1, 2, 3, 4, 5, 6, 50)]
    assert waits == [10, 20, 40, 80, 160, 240, 240]
    assert starved_delay(1, 1) > starved_delay(1, 0.5) > starved_delay(1, 0)
