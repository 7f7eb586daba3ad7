"""A real mail server on this machine: TLS with a certificate made for the test, and whatever answers a test wants."""

import asyncio
import shutil
import ssl
import subprocess
import warnings
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

USER, PASSWORD = b"messiah", b"correct horse"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for this machine, and its key."""
    openssl = shutil.which("openssl")
    assert openssl, "the openssl program makes the certificate of the test's mail server; install it"
    cert, key = folder / "cert.pem", folder / "key.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    what = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subprocess.run([openssl, *what, *subject, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return cert, key


@dataclass
class Mailbox:
    """What the server took, and what it is to answer: each answer once, then it takes everything."""

    accepted: list[tuple[str, bytes]] = field(default_factory=list)
    refusals: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Answers to RCPT, by address."""
    data_answers: list[str] = field(default_factory=list)
    """Answers to DATA, in front of taking it; `drop` takes it and breaks the connection."""
    logged_in: list[bool] = field(default_factory=list)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, count: int) -> None:
        """So many mails have arrived."""
        async with asyncio.timeout(20), self._arrived:
            await self._arrived.wait_for(lambda: len(self.accepted) >= count)

    def messages(self, recipient: str) -> list[EmailMessage]:
        parsed = [message_from_bytes(body, policy=policy.default) for to, body in self.accepted if to == recipient]
        return [each for each in parsed if isinstance(each, EmailMessage)]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        if self.refusals[address]:
            return self.refusals[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        answer = self.data_answers.pop(0) if self.data_answers else "250 taken"
        if answer[0] == "2" or answer == "drop":
            assert isinstance(envelope.content, bytes)
            self.logged_in.append(bool(session.authenticated))
            async with self._arrived:
                self.accepted += [(to, envelope.content) for to in envelope.rcpt_tos]
                self._arrived.notify_all()
        if answer == "drop":
            server.transport.abort()
            return "250 never heard"
        return answer


@asynccontextmanager
async def mail_server(
    folder: Path, *, implicit: bool = False, password: bool = False
) -> AsyncIterator[tuple[Mailbox, int]]:
    """A mailbox and the port of the server that fills it."""
    cert, key = certificate(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    mailbox = Mailbox()
    options: dict[str, Any] = {} if implicit else {"tls_context": context, "require_starttls": True}
    if password:
        options |= {"authenticator": _authenticate, "auth_required": True, "auth_require_tls": not implicit}

    def session() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it knows of STARTTLS only and takes a TLS socket for an open one
            return SMTP(mailbox, hostname="localhost", **options)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, "127.0.0.1", 0, ssl=context if implicit else None)
    try:
        yield mailbox, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def _authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER, PASSWORD)
    return AuthResult(success=known, handled=False, auth_data=data)
