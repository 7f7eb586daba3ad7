"""Somebody's webhook receiver: it knows the Standard Webhooks specification, and nothing of ours."""

import asyncio
import base64
import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from standardwebhooks.webhooks import Webhook


@dataclass
class Receiver:
    """What arrived, and what it answers: each answer once, then 204."""

    url: str = ""
    requests: list[tuple[dict[str, str], str]] = field(default_factory=list)
    answers: list[web.Response] = field(default_factory=list)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20), self._arrived:
            await self._arrived.wait_for(lambda: len(self.requests) >= count)

    def verified(self, secret: str) -> list[dict[str, Any]]:
        """Every message, once its signature is known to be good: to the library, and to the specification read anew."""
        messages = [Webhook(secret).verify(body, headers) for headers, body in self.requests]
        for headers, body in self.requests:
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
            key = base64.b64decode(secret.removeprefix("whsec_"))
            expected = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
            assert f"v1,{expected}" in headers["webhook-signature"].split(" ")
            assert abs(time.time() - int(headers["webhook-timestamp"])) < 300
            assert len(key) >= 24
        return messages

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.requests]

    async def take(self, request: web.Request) -> web.Response:
        body = await request.text()
        async with self._arrived:
            self.requests.append(({name.lower(): value for name, value in request.headers.items()}, body))
            self._arrived.notify_all()
        return self.answers.pop(0) if self.answers else web.Response(status=204)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{tail:.*}", receiver.take)
    async with serving_app(app) as url:
        receiver.url = f"{url}/hook"
        yield receiver


@asynccontextmanager
async def serving_app(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()
