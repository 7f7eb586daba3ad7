"""Whom never to call: the own list, and the national registry's answers, which must be fresh."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.calls import CallDialed
from contracts.contacts import ContactOptedOut
from contracts.leads import LeadAccepted, LeadRefused
from contracts.values import lead_id_of
from services.dialer.domain.lead import LeadState
from tests.component.dialer.conftest import CLOCK, until
from tests.component.dialer.test_uploads import Lists, counted, lists

__all__ = ["lists"]


async def test_an_imported_number_is_never_called_and_its_call_ends(
    lists: Lists, facts, dialers, carrier, conversation
):
    await dialers.submit(phone="03-5234567")
    call = await facts.first(CallDialed)
    content = "מספר טלפון;סיבה\n035234567;ביקש\n054-2345678;\n035234567;שוב\n123;\n"
    status, view = await lists.upload(content.encode("cp1255"), "/do-not-call/import?wait=true")
    assert (status, counted(view)) == (200, {"rows": 4, "accepted": 2, "duplicates": 1, "refused": 1})
    told = await facts.first(ContactOptedOut, phone="+97235234567")
    assert (told.lead_id, told.quote) == (call.lead_id, "ביקש")
    await dialers.lead_is(call.lead_id, LeadState.OPTED_OUT)

    async def hung_up():
        return carrier.ended == [call.carrier_call_id]

    await until(hung_up)
    await dialers.submit(phone="054-2345678")
    refused = await facts.first(LeadRefused)
    assert "not_opted_out" in {each.rule for each in refused.verdicts if not each.allowed}

    _, again = await lists.upload(content.encode("cp1255"), "/do-not-call/import?wait=true")
    assert counted(again) == {"rows": 4, "unchanged": 2, "duplicates": 1, "refused": 1}
    _, found = await lists.get("/do-not-call/check?phone=03-523-4567")
    assert (found["phone"], found["opted_out"], found["quote"]) == ("+97235234567", True, "ביקש")
    assert not found["may_be_called"]
    _, other = await lists.get("/do-not-call/check?phone=03-5234569")
    assert (other["opted_out"], other["registry"], other["may_be_called"]) == (False, None, True)
    assert (await lists.get("/do-not-call/check?phone=*6050"))[0] == 422


@pytest.fixture
def required(dialers):
    dialers.settings = dialers.settings.model_copy(update={"registry_required": True})


async def test_nobody_is_called_whom_the_registry_was_not_asked_about(required, lists: Lists, facts, dialers):
    numbers = {
        "03-5234567": "never asked",
        "03-5234568": "clear",
        "03-5234569": "listed",
        "03-5234570": "asked long ago",
    }
    for phone in numbers:
        await dialers.submit(phone=phone)
    await facts.until(lambda: len(facts.of(LeadRefused)) == 4)
    assert "import a check" in facts.of(LeadRefused)[0].reasons[0]
    async with lists.client.get("/registry/due") as answer:
        assert (await answer.text()).split() == ["phone", "035234567", "035234568", "035234569", "035234570"]

    today = CLOCK.now().date()
    checks = f"""phone,listed,checked_at
03-5234568,לא,{today}
03-5234569,כן,{today}
03-5234570,no,{today - timedelta(days=20)}
03-5234571,maybe,{today}
03-5234572,no,{today + timedelta(days=2)}
03-5234573,no,soon
"""
    _, view = await lists.upload(checks, "/registry/import?wait=true")
    assert counted(view) == {"rows": 6, "accepted": 3, "refused": 3}
    assert [each["column"] for each in view["problems"]] == ["listed", "checked_at", "checked_at"]
    accepted = await facts.first(LeadAccepted)
    assert accepted.phone == "+97235234568"
    states = {phone: (await dialers.lead(lead_id_of(f"+972{phone[1:].replace('-', '')}"))).state for phone in numbers}
    assert [phone for phone, state in states.items() if state is not LeadState.REFUSED] == ["03-5234568"]

    _, again = await lists.upload(checks, "/registry/import?wait=true")
    assert counted(again) == {"rows": 6, "unchanged": 3, "refused": 3}
    async with lists.client.get("/registry/due") as answer:
        assert (await answer.text()).split() == ["phone", "035234567", "035234570"]
    _, found = await lists.get("/do-not-call/check?phone=03-5234569")
    assert (found["registry"]["listed"], found["registry"]["fresh"], found["may_be_called"]) == (True, True, False)


async def test_a_list_that_does_not_say_whether_needs_to_be_told(lists: Lists):
    _, view = await lists.upload("phone\n03-5234567\n", "/registry/import?wait=true")
    assert counted(view) == {"rows": 1, "refused": 1}
    when = (datetime.now(UTC) - timedelta(days=1)).isoformat().replace("+", "%2B")
    path = f"/registry/import?wait=true&listed=false&checked_at={when}"
    _, view = await lists.upload("phone\n03-5234567\n", path)
    assert counted(view) == {"rows": 1, "accepted": 1}


async def test_leads_are_found_by_what_is_known_of_them(lists: Lists, facts, dialers):
    await dialers.submit(phone="03-5234567", name="דנה כהן", company="אורנט 100%")
    await dialers.submit(phone="03-5234568", name="Yossi Levi", company="Bank")
    await facts.until(lambda: len(facts.of(LeadAccepted)) == 2)
    for search, phones in {
        "דנה": ["+97235234567"],
        "אורנט 100%": ["+97235234567"],
        "levi": ["+97235234568"],
        "03-523 4568": ["+97235234568"],
        "5234": ["+97235234567", "+97235234568"],
        "_": [],
    }.items():
        _, found = await lists.get(f"/leads?search={search.replace('%', '%25')}&limit=10")
        assert sorted(each["phone"] for each in found) == phones, search
