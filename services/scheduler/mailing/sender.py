"""Sends the mails whose time has come. It may run in every replica.

A mail is claimed and sent by one sender at a time, and is marked as sent as soon as the server has accepted it. Only
if the acceptance itself is lost (the connection breaks, or this process dies, between the server's answer and our
commit) is it sent again, under the same Message-ID.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable
from datetime import timedelta

from services.runtime.clock import ISRAEL, Clock
from services.runtime.errors import Refused, Unavailable
from services.runtime.logs import logger
from services.runtime.mail import Postman
from services.scheduler.domain.correspondence import wanted
from services.scheduler.domain.mail import DAY_OF_REST, OPTED_OUT, TOO_LATE, Mail
from services.scheduler.domain.reminder import is_rest
from services.scheduler.domain.working_days import WorkingDays
from services.scheduler.mailing.message import Composer
from services.scheduler.ports import Ledger, Transaction

log = logger(__name__)

KEPT = timedelta(days=90)
"""How long mails that were sent, failed or dropped can be looked up."""
_SWEEP_EVERY_S = 3600.0
_MARK_AGAIN_S = 1.0

_ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")

Mark = Callable[[Mail], Mail]


class Sender:
    """Looks for mails every `tick_s` seconds and sends them, one after the other."""

    def __init__(
        self,
        ledger: Ledger,
        postman: Postman,
        composer: Composer,
        working_days: WorkingDays,
        clock: Clock,
        tick_s: float,
    ) -> None:
        self._ledger = ledger
        self._postman = postman
        self._composer = composer
        self._working_days = working_days
        self._clock = clock
        self._tick_s = tick_s
        self._sending = asyncio.Lock()
        self._stopping = False

    async def run(self) -> None:
        """Send until cancelled."""
        swept: float | None = None
        while True:
            try:
                while not self._stopping and await self.send_next():
                    pass
                if swept is None or self._clock.monotonic() - swept > _SWEEP_EVERY_S:
                    swept = self._clock.monotonic()
                    async with self._ledger.begin() as transaction:
                        await transaction.forget_mails(self._clock.now() - KEPT)
            except Unavailable as error:
                log.warning("mails wait", error=error.detail)
            await asyncio.sleep(self._tick_s)

    async def drain(self, seconds: float) -> None:
        """Take no new mail, and let the one that is on its way arrive."""
        self._stopping = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._sending:
                pass

    async def send_next(self) -> bool:
        """Send one mail if any is due. Whether one was; raises Unavailable if the store does not answer."""
        async with self._sending:
            async with self._ledger.reading() as calendar:
                if not await calendar.any_mail_due(self._clock.now()):
                    return False
            async with self._ledger.begin() as transaction:
                mail = await transaction.claim_mail(self._clock.now())
                if mail is None:
                    return False
                mail = await self._claimed(transaction, mail)
                await transaction.change_mail(mail)
            if mail.pending:
                await self._mark(mail, await self._deliver(mail))
            return True

    async def _claimed(self, transaction: Transaction, mail: Mail) -> Mail:
        """Ours to send from here on, unless it is of no use any more."""
        now = self._clock.now()
        if mail.is_reminder and is_rest(now, ISRAEL, self._working_days):
            return mail.dropped(DAY_OF_REST)
        if now >= mail.give_up_at:
            return mail.failed(mail.reason) if mail.reason else mail.dropped(TOO_LATE)
        lead_id = mail.letter.meeting.lead_id
        if await transaction.opted_out([lead_id]):
            about_it = await transaction.mails(meeting_id=mail.letter.meeting.meeting_id)
            if not wanted(mail, [each for each in about_it if each.mail_id != mail.mail_id], opted_out=True):
                return mail.dropped(OPTED_OUT)
        return mail.claimed(now)

    async def _deliver(self, mail: Mail) -> Mark:
        """Try once; what has become of it."""
        try:
            message = self._composer.compose(mail)
        except Exception as error:  # a bug; one mail that cannot be written must not stop the others
            log.error("mail cannot be written", mail_id=str(mail.mail_id), exc_info=error)
            why = f"it could not be written: {error!r}"
            return lambda known: known.failed(why)
        try:
            await self._postman.deliver(self._composer.sender, mail.letter.recipient, message)
        except Refused as refusal:
            reason = refusal.detail
            log.warning("mail refused", mail_id=str(mail.mail_id), reason=_masked(reason))
            return lambda known: known.failed(reason)
        except Unavailable as refusal:
            reason = refusal.detail
            log.info("mail not taken yet", mail_id=str(mail.mail_id), reason=_masked(reason), attempts=mail.attempts)
            return lambda known: known.refused_for_now(reason, self._clock.now())
        return lambda known: known.sent(self._clock.now())

    async def _mark(self, mail: Mail, mark: Mark) -> None:
        """Commit what has become of a mail, however long the store takes: forgotten, it would be sent again."""
        while True:
            try:
                async with self._ledger.begin() as transaction:
                    known = await transaction.mail(mail.mail_id) or mail
                    marked = mark(known)
                    if known.pending or marked.sent_at is not None:  # dropped meanwhile, it is not tried again
                        await transaction.change_mail(marked)
                return
            except Unavailable as error:
                log.warning("mail not marked yet", mail_id=str(mail.mail_id), error=error.detail)
                await asyncio.sleep(_MARK_AGAIN_S)


def _masked(said: str) -> str:
    """A server's words for the log, without the address that servers like to repeat."""
    return _ADDRESS.sub("…@…", said)
