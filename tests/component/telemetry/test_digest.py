"""The daily digest, from the calls of a day to a mail that arrives once."""

import asyncio
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.runtime.clock import ISRAEL
from services.telemetry.exports import sender
from services.telemetry.exports.digest import DigestTicker
from services.telemetry.exports.tables import DeliveryRow
from tests.integration.mail_server import mail_server
from tests.unit.telemetry.sample_call import BEGAN, SampleCall

TO = ("boss@alta.example", "sales@alta.example")
NEXT_DAY = (BEGAN + timedelta(days=1)).date()


class Stopped:
    """A clock that shows one moment."""

    is_pinned = False

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "TICK_S", 0.05)
    monkeypatch.setattr(DigestTicker, "run", _never)  # the test ticks, whatever time of day it is


@pytest.mark.parametrize("language", ["he", "en"])
async def test_each_recipient_gets_one_digest_of_the_day_before(start, teller, tmp_path, language):
    async with mail_server(tmp_path) as (mailbox, port):
        settings = {
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_ca_file": tmp_path / "cert.pem",
            "mail_from": "אלטה <meetings@alta.example>",
            "mail_language": language,
            "digest_to": TO,
        }
        service = await start(**settings)
        await teller.tell_a_whole_call(SampleCall(uuid4()))
        await teller.logged()
        morning = datetime.combine(NEXT_DAY, datetime.min.time(), ISRAEL) + timedelta(hours=8, minutes=5)
        tickers = [
            DigestTicker(service.units, Stopped(morning), morning.time().replace(minute=0), TO) for _ in range(2)
        ]
        await asyncio.gather(*(ticker.tick() for ticker in tickers))
        await mailbox.until(2)
        assert await tickers[0].tick() is None  # a replica that starts later finds that it is done
        assert sorted(to for to, _ in mailbox.accepted) == sorted(TO)
        (message,) = mailbox.messages(TO[0])
    assert date.fromisoformat((await _content(service))["day"]) == NEXT_DAY
    assert ("1 new meetings" if language == "en" else "1 פגישות חדשות") in message["Subject"]
    plain = message.get_body(("plain",)).get_content()
    markup = message.get_body(("html",)).get_content()
    assert f'dir="{"rtl" if language == "he" else "ltr"}"' in markup
    for text in (plain, markup):
        assert "נועה" in text  # whom the meeting is with
        assert "24.11 10:00" in text
        assert ("Booked a meeting" if language == "en" else "קבעו פגישה") in text
    assert message["Message-ID"].endswith("@alta.example>")


async def _never(ticker: DigestTicker) -> None:
    await asyncio.Event().wait()


async def _content(service) -> dict:
    async with service.units.reading() as session:
        return await session.scalar(select(DeliveryRow.content).where(DeliveryRow.destination == "digest").limit(1))
