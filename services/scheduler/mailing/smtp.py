"""Hands a message to a mail server over TLS, and tells a refusal for good from one for now."""

import asyncio
import contextlib
import ssl
from pathlib import Path
from typing import Protocol

import aiosmtplib
from aiosmtplib.errors import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from services.runtime.errors import Refused, Unavailable
from services.scheduler.settings import SchedulerSettings

TIMEOUT_S = 30.0
"""For each answer of the mail server."""
DEADLINE_S = 120.0
"""For one mail altogether; shorter than a claim."""


class Postman(Protocol):
    """Delivers one message to one address."""

    async def deliver(self, sender: str, recipient: str, message: bytes) -> None:
        """Returns once the message is accepted. Raises Refused for good, Unavailable for now."""


class SmtpPostman:
    """One connection for each message: meetings are few, and a server may close what is idle."""

    def __init__(self, settings: SchedulerSettings) -> None:
        self._settings = settings
        self._tls = None if settings.smtp_tls == "off" else _context(settings.smtp_ca_file)

    async def deliver(self, sender: str, recipient: str, message: bytes) -> None:
        try:
            async with asyncio.timeout(DEADLINE_S):
                await self._deliver(sender, recipient, message)
        except SMTPRecipientsRefused as error:
            raise _refusal(error.recipients[0]) from error
        except (SMTPRecipientRefused, SMTPDataError) as error:
            raise _refusal(error) from error
        except SMTPResponseException as error:  # of the connection, the password or the sender: ours to mend
            said = f"the mail server says {error.code} {error.message}"
            raise Unavailable(f"{said}; check SMTP_USERNAME, SMTP_PASSWORD and MAIL_FROM") from error
        except ssl.SSLError as error:
            raise Unavailable(f"the mail server's TLS is not trusted: {error}; set SMTP_CA_FILE or SMTP_TLS") from error
        except (SMTPException, OSError, TimeoutError) as error:
            said = str(error) or type(error).__name__
            raise Unavailable(f"the mail server does not answer: {said}; check SMTP_HOST and SMTP_PORT") from error

    async def _deliver(self, sender: str, recipient: str, message: bytes) -> None:
        settings = self._settings
        password = settings.smtp_password
        client = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_server_port,
            username=settings.smtp_username,
            password=password.get_secret_value() if password else None,
            use_tls=settings.smtp_tls == "implicit",
            start_tls=settings.smtp_tls == "starttls",
            tls_context=self._tls,
            timeout=TIMEOUT_S,
        )
        try:
            await client.connect()
            await client.sendmail(sender, [recipient], message)
        except BaseException:
            client.close()
            raise
        with contextlib.suppress(SMTPException, OSError, TimeoutError):  # it is accepted, whatever comes of the goodbye
            await client.quit()
        client.close()


def _context(ca_file: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file)


def _refusal(error: SMTPResponseException) -> Refused | Unavailable:
    said = f"{error.code} {error.message}"
    return Refused(said) if error.code >= 500 else Unavailable(said)
