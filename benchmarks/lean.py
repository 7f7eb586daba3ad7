"""The leanest Python server that does a turn's work: a socket to the caller, a raw HTTP stream from the model, phrases
cut at the first comma and then at each full stop. No bus, no facts, no playbook, no second process: what remains is
what anybody has to pay."""

import asyncio
import json
import sys
from urllib.parse import urlsplit

import uvloop
from pydantic_core import from_json
from websockets.asyncio.server import ServerConnection, serve

from benchmarks.phrases import cut

SYSTEM = "You are a voice assistant on a phone call. Company: bench-{name}"


class Model:
    """One kept connection to the model's endpoint."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._path = parts.hostname, parts.port, f"{parts.path}/chat/completions"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def stream(self, messages: list[dict[str, str]]):  # type: ignore[no-untyped-def]
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        body = json.dumps({"model": "simulated", "messages": messages, "stream": True}, ensure_ascii=False).encode()
        head = f"POST {self._path} HTTP/1.1\r\nhost: model\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await reader.readuntil(b"\r\n\r\n")
        while size := int(await reader.readline(), 16):
            data = await reader.readexactly(size + 2)
            if data.startswith(b"data: {"):
                choices = from_json(data[6:-4]).get("choices")
                if choices and (text := choices[0]["delta"].get("content")):
                    yield text
        await reader.readline()


async def talk(socket: ServerConnection, model_url: str) -> None:
    """Serve one call."""
    name = (socket.request.path if socket.request else "").rpartition("/")[2]
    messages = [{"role": "system", "content": SYSTEM.format(name=name)}]
    model = Model(model_url)
    async for raw in socket:
        frame = json.loads(raw)
        if frame["type"] != "prompt":
            continue
        messages.append({"role": "user", "content": frame["voicePrompt"]})
        said, buffer = "", ""
        async for text in model.stream(messages):
            buffer += text
            phrase, buffer = cut(buffer, first=not said)
            if phrase:
                said += phrase
                await socket.send(json.dumps({"type": "text", "token": phrase, "last": False}, ensure_ascii=False))
        await socket.send(json.dumps({"type": "text", "token": buffer, "last": True}, ensure_ascii=False))
        messages.append({"role": "assistant", "content": said + buffer})


async def main(port: int, model_url: str) -> None:
    async with serve(lambda socket: talk(socket, model_url), "127.0.0.1", port, compression=None):
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2]))
