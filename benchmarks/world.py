"""The world around the servers that are compared: callers on ConversationRelay sockets, and the model they all ask.

Both live in one process on a core of its own, so that one clock sees the model send the last token of the first
speakable phrase and the caller's end get the first frame: the difference is what a server adds to the wait.
"""

import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from simulator.model import Answer, ModelServer, chunk

TOKENS = (
    "אנחנו ", "עוזרים ", "לצוותי ", "מכירות, ",
    "ומתאמים ", "להם ", "פגישות ", "עם ", "לקוחות ", "חדשים ", "בלי ", "שיצטרכו ", "לחפש ", "אותם ", "בעצמם. ",
    "יש ", "לנו ", "ניסיון ", "עם ", "חברות ", "רבות ", "בתחומים ", "שונים ", "כאן ", "בארץ. ",
    "איך ", "זה ", "עובד ", "אצלכם ", "היום?",
)  # fmt: skip
FIRST_PHRASE = 4
"""So many tokens make up the first phrase that can be spoken."""
FIRST_TOKEN_S = 0.15
GAP_S = 0.01
THINK_S = (1.0, 3.0)
"""From and to: with one and the same pause, calls that happen to ask together would do so for good."""
WORDS = ("ספרו לי עוד על זה בבקשה", "ואיך זה עובד אצל אחרים", "מה בדיוק אתם עושים שם", "ומה היתרון של זה")
_CALL = re.compile(r"bench-(\d+)")
_END = b'data: {"choices":[],"usage":{"prompt_tokens":900,"completion_tokens":30,"total_tokens":930}}\n\n'
CHUNKS = (
    (0.0, chunk({"role": "assistant", "content": ""})),
    *((GAP_S if place else FIRST_TOKEN_S, chunk({"content": token})) for place, token in enumerate(TOKENS)),
    (0.0, chunk({}, "stop")),
    (0.0, _END),
    (0.0, b"data: [DONE]\n\n"),
)


@dataclass
class World:
    """What is measured: for each answered turn how much longer than the ideal its first word took, in milliseconds."""

    model_url: str = ""
    waits_ms: list[float] = field(default_factory=list)
    turns: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    counting: bool = False
    _emitted: dict[str, float] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator["World"]:
        """The model answers while the block runs."""
        world = cls()
        async with ModelServer(world._reply).running() as model:
            world.model_url = model.url
            yield world

    def _reply(self, request: Mapping[str, Any]) -> Answer:
        found = _CALL.search(request["messages"][0]["content"])
        name = found[1] if found else ""

        def sent(index: int) -> None:
            if index == FIRST_PHRASE:
                self._emitted[name] = monotonic()

        return Answer(CHUNKS, sent=sent)

    async def call(
        self, name: str, url: str, *, headers: Mapping[str, str], greets: bool, setup: Mapping[str, Any]
    ) -> None:
        """One caller, who asks and listens until cancelled."""
        pauses = random.Random(name)  # the same in every run
        try:
            async with connect(url, additional_headers=headers, compression=None, max_queue=64) as socket:
                await socket.send(json.dumps({"type": "setup", **setup}))
                if greets:
                    await _listen(socket)
                for turn in range(10_000):
                    await asyncio.sleep(pauses.uniform(*THINK_S))
                    await self._ask(name, socket, WORDS[turn % len(WORDS)])
        except Exception as error:
            self.failures[repr(error)[:100]] += 1

    async def _ask(self, name: str, socket: ClientConnection, words: str) -> None:
        self._emitted.pop(name, None)
        await socket.send(json.dumps({"type": "prompt", "voicePrompt": words, "lang": "he-IL", "last": True}))
        first = await _listen(socket)
        emitted = self._emitted.get(name)
        if not self.counting:
            return
        self.turns += 1
        if emitted is None:
            self.failures["answered without the model"] += 1
        else:
            self.waits_ms.append((first - emitted) * 1000)


async def _listen(socket: ClientConnection) -> float:
    """Take in one whole utterance; when its first word came."""
    first = 0.0
    async with asyncio.timeout(20):
        while True:
            frame = json.loads(await socket.recv())
            if frame.get("type") == "end":
                raise ConnectionError("the server ended the call")
            if frame.get("type") != "text":
                continue
            if frame["token"] and not first:
                first = monotonic()
            if frame["last"]:
                return first
