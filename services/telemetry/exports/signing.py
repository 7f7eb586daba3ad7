"""Signatures of the Standard Webhooks specification, and the secrets they are made with.

No endpoint's secret is stored. It is made of one key (WEBHOOKS_SECRET, or one kept in the database), the endpoint's
id and its generation; rotating raises the generation. Whoever has a copy of the database alone cannot sign, if the
key is in the environment.
"""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from standardwebhooks.webhooks import Webhook

from services.runtime.unit_of_work import Units
from services.telemetry.domain.delivery import Content
from services.telemetry.exports.tables import EndpointRow, SecretRow

OVERLAP = timedelta(days=1)
"""How long after a rotation messages are signed with the old secret, too."""
_NAME = "webhooks"


class Signer:
    """Makes secrets and signs. `load` first."""

    def __init__(self, units: Units, given: str | None) -> None:
        self._units = units
        self._key = given

    async def load(self) -> None:
        """Find the key, or make one that every replica shares. Raises Unavailable."""
        if self._key is not None:
            return
        insert: Any = sqlite.insert if self._units.database.is_sqlite else postgresql.insert
        made = insert(SecretRow).values(name=_NAME, value=secrets.token_urlsafe(32)).on_conflict_do_nothing()
        async with self._units.begin() as unit:
            await unit.session.execute(made)
            self._key = await unit.session.scalar(select(SecretRow.value).where(SecretRow.name == _NAME))

    def secret(self, endpoint_id: UUID, generation: int) -> str:
        """The secret of an endpoint as its receiver needs it: whsec_…"""
        if self._key is None:
            raise RuntimeError("await Signer.load() first")
        about = f"webhook/{endpoint_id}/{generation}".encode()
        return "whsec_" + base64.b64encode(hmac.digest(self._key.encode(), about, hashlib.sha256)).decode()

    def headers(self, endpoint: EndpointRow, message_id: str, body: str, now: datetime) -> dict[str, str]:
        """The headers of one message."""
        generations = [endpoint.generation]
        if endpoint.generation and endpoint.rotated_at and now < endpoint.rotated_at + OVERLAP:
            generations.append(endpoint.generation - 1)
        signed = [Webhook(self.secret(endpoint.endpoint_id, each)).sign(message_id, now, body) for each in generations]
        return {
            "content-type": "application/json",
            "user-agent": "agent-messiah",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signed),
        }


def body_of(content: Content) -> str:
    """A content as it goes over the wire; the signature is over these very characters."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
