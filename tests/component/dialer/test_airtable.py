"""Leads from Airtable's documented wire, and what becomes of them back on it."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from contracts.calls import CallDialed
from contracts.contacts import ContactOptedOut
from contracts.leads import LeadAccepted
from contracts.values import Outcome
from services.dialer.domain.carrier_call import CarrierStatus
from services.dialer.ports.crm import LeadResult, Mark
from services.dialer.settings import DialerSettings
from services.dialer.sources import exchange
from services.dialer.sources.airtable import Airtable
from services.runtime.errors import Refused, Unavailable
from tests.component.dialer.conftest import CLOCK, until
from tests.component.dialer.fake_airtable import BASE, TABLE, TOKEN, FakeAirtable

FIELDS = ("Phone", "contact_name", "business_name", "Stage", "best_call_time", "consent_basis", "consent_at", "notes")
WRITTEN = ("reason", "outcome", "summary", "attempts", "last_call_at", "opted_out")
NAMES = {"contact_number": "Phone", "status": "Stage"}


@pytest.fixture
async def table() -> AsyncIterator[FakeAirtable]:
    async with FakeAirtable(FIELDS + WRITTEN).running() as fake:
        yield fake


def settings(table: FakeAirtable, **changes: Any) -> DialerSettings:
    given = {
        "airtable_api_key": SecretStr(TOKEN),
        "airtable_base_id": BASE,
        "airtable_table": TABLE,
        "airtable_fields": NAMES,
        "airtable_api_url": table.url,
        "airtable_poll_s": 1,
    }
    return DialerSettings(_env_file=None, **given | changes)


@pytest.fixture
async def quick(table: FakeAirtable) -> AsyncIterator[Callable[..., Airtable]]:
    """Makes one that waits for hardly anything."""
    made = []

    def make(**changes: Any) -> Airtable:
        airtable = Airtable(settings(table, **changes))
        airtable._backoff_s = airtable._turned_away_s = 0.01
        made.append(airtable)
        return airtable

    yield make
    for each in made:
        await each.close()


async def test_a_lead_is_taken_called_and_told_of(table, dialers, facts, carrier, conversation, monkeypatch):
    monkeypatch.setattr(exchange, "TELL_EVERY_S", 0.05)
    consent = {"consent_basis": "web_form", "consent_at": str((CLOCK.now() - timedelta(days=9)).date())}
    table.add("recDana0000000001", Phone=542345678, contact_name="דנה כהן", business_name="אורנט", **consent)
    table.add("recYossi000000001", Phone="03-5234567", contact_name="יוסי", Stage="New", **consent)
    table.add("recDone0000000001", Phone="03-5234568", contact_name="x", Stage="Called", **consent)
    table.add("recPoor0000000001", Phone="9.72542E+11", contact_name="y", **consent)
    table.add("recBare0000000001", Phone="03-5234569", contact_name="z")
    table.add("recNever000000001", Phone="03-5234570", contact_name="w", opted_out=True)
    given = settings(table).model_dump(include={name for name in DialerSettings.model_fields if "airtable" in name})
    await dialers.start(**given)

    calls = await facts.until(lambda: len(facts.of(CallDialed)) == 2 and facts.of(CallDialed))
    assert {each.phone for each in facts.of(LeadAccepted)} == {"+972542345678", "+97235234567"}
    assert (await facts.first(ContactOptedOut)).phone == "+97235234570"

    def stages(*marks: str) -> Any:
        async def reached() -> bool:
            return tuple(table.records[name].get("Stage") for name in list(table.records)[:2]) == marks

        return reached

    await until(stages("in progress", "in progress"))
    answered, unanswered = sorted(calls, key=lambda each: each.lead_id != lead_of_phone(facts, "+972542345678"))
    started = await dialers.open_line(answered.call_id)
    await conversation.conclude(started, Outcome.OPTED_OUT, summary="ביקשה לא להתקשר")
    await dialers.report(unanswered.call_id, CarrierStatus.NO_ANSWER)
    await until(stages("do not call", "queued"))

    async def told() -> Any:
        return table.records["recYossi000000001"].get("outcome")

    assert await until(told) == "not_reached"
    dana = table.records["recDana0000000001"]
    assert (dana["opted_out"], dana["attempts"], dana["outcome"]) == (True, 1, "opted_out")
    assert (dana["summary"], dana["consent_basis"]) == ("ביקשה לא להתקשר", "web_form")
    poor, bare = table.records["recPoor0000000001"], table.records["recBare0000000001"]
    assert (poor["Stage"], bare["Stage"]) == ("refused", "refused")
    assert "format the column as text" in poor["reason"]
    assert "no consent is on record" in bare["reason"]
    assert table.records["recDone0000000001"]["Stage"] == "Called"
    assert all("next_call_at" not in each["fields"] for each in table.written)  # the table has no such field


def lead_of_phone(facts: Any, phone: str) -> str:
    return str(facts.of(LeadAccepted, phone=phone)[0].lead_id)


@pytest.mark.parametrize(
    "trouble", [[(429, {})], [(429, {"Retry-After": "0"})], [(503, {}), (500, {})], [(502, {})] * 4]
)
async def test_trouble_that_passes_is_waited_for(table, quick, trouble):
    table.add("recDana0000000001", Phone="054-2345678", contact_name="דנה")
    table.answers = list(trouble)
    found = await quick().next_leads(10)
    assert [(each.reference, dict(each.texts)) for each in found] == [
        ("recDana0000000001", {"contact_number": "054-2345678", "contact_name": "דנה"})
    ]
    assert len(table.asked) == len(trouble) + 1


async def test_trouble_that_stays_is_unavailable(table, quick):
    table.answers = [(503, {})] * 9
    with pytest.raises(Unavailable, match="503"):
        await quick().next_leads(10)
    assert len(table.asked) == 5
    gone = quick(airtable_api_url="http://127.0.0.1:1")
    with pytest.raises(Unavailable, match="ConnectionError"):
        await gone.next_leads(10)


@pytest.mark.parametrize(
    ("changes", "cure"),
    [
        ({"airtable_api_key": SecretStr("wrong")}, "check AIRTABLE_API_KEY"),
        ({"airtable_table": "Nothing"}, "check AIRTABLE_BASE_ID and AIRTABLE_TABLE"),
        ({"airtable_fields": {"status": "Nowhere"}}, "check AIRTABLE_FIELDS"),
        ({"airtable_fields": {"telephone": "Phone"}}, r"AIRTABLE_FIELDS names \['telephone'\]; use business_name"),
    ],
)
async def test_a_wrong_configuration_is_refused_with_its_cure(table, quick, changes, cure):
    with pytest.raises(Refused, match=cure):
        await quick(**changes).next_leads(10)
    assert len(table.asked) <= 1


async def test_results_go_in_tens_and_are_the_same_twice(table, quick):
    for number in range(12):
        table.add(f"rec{number:014}", Phone="x")
    airtable = quick()
    results = [LeadResult(f"rec{number:014}", Mark.CALLED, "done", 1, Outcome.NOT_INTERESTED) for number in range(12)]
    await airtable.record(results)
    before = dict(table.records)
    await airtable.record(results)
    assert table.records == before
    assert {each["Stage"] for each in before.values()} == {"called"}
    assert table.asked.count("PATCH") == 5  # the first named a field that the table has not


async def test_the_status_must_be_a_field(table, quick):
    table.add("recDana0000000001")
    with pytest.raises(Refused, match="no field 'Nowhere'"):
        await quick(airtable_fields={"status": "Nowhere"}).record([LeadResult("recDana0000000001", Mark.CALLED, "")])


def test_a_key_alone_is_not_enough():
    with pytest.raises(ValidationError, match="AIRTABLE_BASE_ID and AIRTABLE_TABLE"):
        DialerSettings(_env_file=None, airtable_api_key=SecretStr("x"))


async def test_a_record_is_deleted_once(table, quick):
    table.add("recDana0000000001", Phone="054-2345678")
    table.add("recYossi000000001", Phone="054-2345679")
    table.answers = [(503, {})]
    airtable = quick()
    assert await airtable.delete("recDana0000000001")
    assert not await airtable.delete("recDana0000000001")
    assert list(table.records) == ["recYossi000000001"]
    assert table.asked == ["GET", "GET", "DELETE", "GET"]
