"""A server as tutorials write it: FastAPI's WebSocket, the openai client used plainly, the same cutting of phrases."""

import sys

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from openai import AsyncOpenAI

from benchmarks.lean import SYSTEM
from benchmarks.phrases import cut

app = FastAPI()
client = AsyncOpenAI(base_url=sys.argv[2] if len(sys.argv) > 2 else None, api_key="none")


@app.websocket("/relay/{name}")
async def talk(socket: WebSocket, name: str) -> None:
    """Serve one call."""
    await socket.accept()
    messages = [{"role": "system", "content": SYSTEM.format(name=name)}]
    try:
        while True:
            frame = await socket.receive_json()
            if frame["type"] != "prompt":
                continue
            messages.append({"role": "user", "content": frame["voicePrompt"]})
            said, buffer = "", ""
            answer = await client.chat.completions.create(
                model="simulated",
                messages=messages,  # type: ignore[arg-type]
                stream=True,
            )
            async for chunk in answer:
                if not chunk.choices or not chunk.choices[0].delta.content:
                    continue
                phrase, buffer = cut(buffer + chunk.choices[0].delta.content, first=not said)
                if phrase:
                    said += phrase
                    await socket.send_json({"type": "text", "token": phrase, "last": False})
            await socket.send_json({"type": "text", "token": buffer, "last": True})
            messages.append({"role": "assistant", "content": said + buffer})
    except WebSocketDisconnect:
        return


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", ws="websockets-sansio")
