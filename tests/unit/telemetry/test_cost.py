"""What a call costs is known from a dated price list, or it is unknown; it is never nothing for want of a price."""

from datetime import date

import pytest

from contracts.telemetry import ModelUsage
from services.runtime.errors import InvalidMessage
from services.telemetry.domain.cost import Bought, PriceList, cost_of, summed
from services.telemetry.prices import read_prices

OURS = read_prices()
MOBILE, LANDLINE, ABROAD = "+972542345678", "+97236001234", "+12025550100"


def bought(**given) -> Bought:
    fields = {"on": date(2026, 11, 22), "carrier": "twilio", "line": "relay", "to": MOBILE, "from_": "+97237600000"}
    return Bought(**fields | {"carrier_s": 61.0, "voice_s": 61.0} | given)


def prices(*rows) -> PriceList:
    about = {"what": "carrier", "carrier": "twilio", "currency": "USD", "as_of": "2026-01-01", "source": "a page"}
    return PriceList.model_validate({"prices": [about | row for row in rows]})


def test_every_minute_begun_is_charged_for_carrier_and_voice():
    cost = cost_of(bought(), (), OURS)
    assert [(item.what, item.quantity, item.amount) for item in cost.items] == [
        ("carrier", 2, 0.1292),
        ("voice", 2, 0.14),
    ]
    assert (cost.total, cost.currency) == (0.2692, "USD")
    assert all(item.as_of and item.source for item in cost.items)


@pytest.mark.parametrize(
    ("to", "from_", "amount"),
    [
        (MOBILE, "+97237600000", 0.0646),
        (MOBILE, ABROAD, 0.1868),
        (LANDLINE, "+97237600000", 0.0294),
        (LANDLINE, ABROAD, 0.0659),
    ],
)
def test_the_price_depends_on_where_a_call_goes_and_where_it_comes_from(to, from_, amount):
    cost = cost_of(bought(to=to, from_=from_, carrier_s=30, voice_s=0), (), OURS)
    assert cost.total == amount


def test_what_has_no_price_is_unknown_and_so_is_the_whole():
    cost = cost_of(bought(to="+447700900123"), (), OURS)
    assert [(item.what, item.amount) for item in cost.items] == [("carrier", None), ("voice", 0.14)]
    assert cost.total is None


def test_a_model_without_a_price_makes_the_cost_unknown():
    unknown, known = (
        ModelUsage(model="m", consultations=1),
        ModelUsage(model="n", consultations=1, cost=0.01, currency="USD"),
    )
    assert cost_of(bought(), (unknown,), OURS).total is None
    assert cost_of(bought(), (known,), OURS).total == 0.2792
    assert cost_of(bought(), (known.model_copy(update={"currency": "EUR"}),), OURS).total is None


def test_a_call_that_was_not_answered_or_not_even_dialed_costs_nothing_for_sure():
    assert cost_of(bought(carrier_s=0, voice_s=0, machine_detection=True), (), OURS).total == 0
    assert cost_of(None, (), PriceList()).total == 0


def test_detection_is_charged_by_the_call_and_recording_by_the_minute():
    cost = cost_of(bought(machine_detection=True, recorded=True), (), OURS)
    assert [(i.what, i.quantity, i.unit, i.amount) for i in cost.items if i.what not in ("carrier", "voice")] == [
        ("machine_detection", 1, "call", 0.0075),
        ("recording", 2, "minute", 0.005),
    ]


def test_a_call_is_priced_by_what_was_in_force_on_its_day():
    rising = prices({"amount": 0.1}, {"amount": 0.2, "as_of": "2026-06-01"})
    totals = [cost_of(bought(on=date(2026, month, 1), voice_s=0), (), rising).total for month in (3, 6)]
    assert totals == [0.2, 0.4]
    assert cost_of(bought(on=date(2025, 12, 31), voice_s=0), (), rising).total is None


def test_the_simulator_is_known_to_be_free():
    assert cost_of(bought(carrier="simulator", machine_detection=True, recorded=True), (), OURS).total == 0


def test_the_cost_of_a_meeting_is_known_only_if_that_of_every_call_is():
    known, some = summed("USD", 10.0, 20, 0, 4), summed("USD", 10.0, 20, 1, 4)
    assert (known.per_call, known.per_meeting, known.per_meeting_at_least) == (0.5, 2.5, 2.5)
    assert (some.per_call, some.per_meeting, some.per_meeting_at_least) == (0.5, None, 2.5)
    assert summed("USD", 10.0, 20, 0, 0).per_meeting is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("prices: [{what: carrier, carrier: twilio}]", "prices/1/amount"),
        ("prices: [{what: carriage}]", "prices/1/what"),
        ("prices: {", "no YAML"),
    ],
)
def test_a_bad_price_list_is_refused_by_row_and_field(tmp_path, text, names):
    path = tmp_path / "prices.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidMessage, match=names):
        read_prices(path)
    with pytest.raises(InvalidMessage, match="PRICES_FILE"):
        read_prices(tmp_path / "missing.yaml")
