"""How mail is sent: the settings every service shares, and a client that hands a message to a mail server over TLS
and tells a refusal for good from one for now."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import parseaddr
from pathlib import Path
from typing import Literal, Protocol, Self

import aiosmtplib
from aiosmtplib.errors import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
)
from pydantic import Field, SecretStr, model_validator

from services.runtime.email_address import is_address
from services.runtime.errors import InvalidMessage, Refused, Unavailable
from services.runtime.hosts import is_private
from services.runtime.settings import RuntimeSettings

TIMEOUT_S = 30.0
"""For each answer of the mail server."""
DEADLINE_S = 120.0
"""For one mail altogether; shorter than a claim."""


_PORTS = {"starttls": 587, "implicit": 465, "off": 25}


class MailSettings(RuntimeSettings):
    """Without SMTP_HOST no mail is sent."""

    smtp_host: str | None = None
    """The mail server. Unset: no mail is sent."""
    smtp_port: int | None = Field(default=None, ge=1, le=65_535)
    """Unset: 587, or 465 with `smtp_tls=implicit`."""
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_tls: Literal["starttls", "implicit", "off"] = "starttls"
    """`off` only for a mail server on this machine or its private network."""
    smtp_ca_file: Path | None = None
    """Certificates to trust instead of the system's, for a mail server with one of your own."""
    mail_from: str | None = None
    """Who writes: an address, or a name and an address: `Alta <meetings@example.com>`. Somebody should read it."""
    mail_language: Literal["he", "en"] = "he"
    """Of mails to leads, and to representatives that name no language of their own."""

    @model_validator(mode="after")
    def _sendable(self) -> Self:
        if self.smtp_host is None:
            return self
        if not is_address(parseaddr(self.mail_from or "")[1]):
            raise ValueError("with SMTP_HOST, set MAIL_FROM to the address that mails come from")
        if self.smtp_tls == "off" and (not is_private(self.smtp_host) or self.smtp_username):
            raise ValueError("SMTP_TLS=off is for a mail server on a private address and without a password only")
        if (self.smtp_username is None) != (self.smtp_password is None):
            raise ValueError("set SMTP_USERNAME and SMTP_PASSWORD together, or neither")
        return self

    @property
    def smtp_server_port(self) -> int:
        return self.smtp_port or _PORTS[self.smtp_tls]


class Postman(Protocol):
    """Delivers one message to one address."""

    async def deliver(self, sender: str, recipient: str, message: bytes) -> None:
        """Returns once the message is accepted. Raises Refused for good, Unavailable for now."""


class SmtpPostman:
    """One connection for each message: meetings are few, and a server may close what is idle."""

    def __init__(self, settings: MailSettings) -> None:
        """Raises InvalidMessage if SMTP_CA_FILE cannot be used."""
        self._settings = settings
        self._tls = None if settings.smtp_tls == "off" else _context(settings.smtp_ca_file)

    async def deliver(self, sender: str, recipient: str, message: bytes) -> None:
        async with _in_time(), self._connected() as client:
            await client.sendmail(sender, [recipient], message)

    async def check(self) -> None:
        """Connect and log in, and send nothing. Raises Unavailable with the cure."""
        async with _in_time(), self._connected():
            pass

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
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
            yield client
            with contextlib.suppress(SMTPException, OSError, TimeoutError):  # what is accepted stays accepted
                await client.quit()
        finally:
            client.close()


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """Says of every failure whether it is for good, and of one that is ours to mend, how."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            yield
    except SMTPRecipientsRefused as error:
        raise _refusal(error.recipients[0]) from error
    except (SMTPRecipientRefused, SMTPDataError) as error:
        raise _refusal(error) from error
    except SMTPResponseException as error:  # of the connection, the password or the sender
        said = f"the mail server says {error.code} {error.message}"
        raise Unavailable(f"{said}; check SMTP_USERNAME, SMTP_PASSWORD and MAIL_FROM") from error
    except ssl.SSLError as error:
        raise Unavailable(f"the mail server's TLS is not trusted: {error}; set SMTP_CA_FILE or SMTP_TLS") from error
    except (SMTPException, OSError, TimeoutError) as error:
        said = str(error) or type(error).__name__
        raise Unavailable(
            f"the mail server does not answer: {said}; check SMTP_HOST, SMTP_PORT and SMTP_TLS"
        ) from error


def _context(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise InvalidMessage(
            f"SMTP_CA_FILE={ca_file} cannot be used: {error}; name a file of PEM certificates"
        ) from error


def _refusal(error: SMTPResponseException) -> Refused | Unavailable:
    said = f"{error.code} {error.message}"
    return Refused(said) if error.code >= 500 else Unavailable(said)
