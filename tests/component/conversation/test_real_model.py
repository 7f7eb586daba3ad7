"""A call whose agent asks a model server that is none of ours: whatever it answers, the caller is answered in Hebrew.

Skipped unless TEST_MODEL_URL names an OpenAI-compatible endpoint, such as that of llama.cpp's `llama-server --jinja`.
OPENAI_API_KEY and TEST_MODEL_NAME are sent to it if they are set.
"""

import os
import re

import pytest

from contracts.values import Outcome

URL = os.environ.get("TEST_MODEL_URL")
CALLER = ("כן, אפשר", "ספרו לי קצת על השירות", "כמה זה עולה?", "יום שלישי בבוקר מתאים לי", "תודה, להתראות")

pytestmark = pytest.mark.skipif(not URL, reason="set TEST_MODEL_URL to test with a real model server")


async def test_a_call_with_a_real_model_server_comes_to_its_end(start_worker, line):
    name = os.environ.get("TEST_MODEL_NAME", "default")
    await start_worker(openai_base_url=URL, openai_api_key=os.environ.get("OPENAI_API_KEY"), llm_model=name)
    await line.open()
    await line.answer(0)
    for words in CALLER:
        answer = await line.hear(words)
        assert re.search("[א-ת]", answer), answer
    concluded = await line.end()
    assert concluded.outcome in set(Outcome)
    consulted = line.consulted()
    assert consulted
    for asked in consulted:
        assert asked.model == name
        assert asked.error is None if asked.ended == "answered" else asked.error
        assert asked.output_tokens if asked.ended == "answered" else True
    print(*(asked.ended for asked in consulted), *(fact.text for fact in line.of("said")), sep="\n")  # noqa: T201
