"""Log lines as machines read them: one JSON object each, with the call and its trace, and no number of a person."""

import json
import logging
import re
from collections.abc import Iterator
from uuid import UUID

import pytest
import structlog

from services.runtime import logs

CALL = UUID("01a1fcbb-f6bf-7383-9f4e-9108bb1b8819")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers, root.level
    yield
    root.handlers = before
    root.setLevel(level)
    for name in logs.OURS:
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()


def test_a_line_names_its_call_and_trace_and_hides_numbers(capsys):
    logs.configure("info", "json")
    log = logs.logger("services.test_of_a_line")
    with logs.about(f"calls.{CALL}.requested"):
        log.info(
            "dialing +972542345678", to="054-2345678", tried=["054 234 5678", {"by": "+972 (54) 2345678"}], attempt=2
        )
        try:
            raise ValueError("no answer from +972542345678")
        except ValueError as error:
            log.warning("failed", exc_info=error)
        logging.getLogger("a library").warning("asked for 972542345678")
        logging.getLogger("a library").info("what a caller said")
    log.info("after it")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line.get("call_id") for line in lines] == [str(CALL)] * 3 + [None]
    assert {line.get("trace_id") for line in lines} == {CALL.hex, None}
    assert lines[0]["attempt"] == 2
    assert "ValueError" in lines[1]["exception"]
    assert not re.search(r"2345|5678", json.dumps(lines))
    assert {"event", "level", "logger", "timestamp"} <= set(lines[0])


def test_a_call_is_named_until_its_block_ends_and_no_other_subject_is_one(capsys):
    logs.configure("info", "json")
    log = logs.logger("services.test_of_a_block")
    with logs.about("leads.submitted"):
        log.info("of no call")
    with logs.about(f"calls.{CALL}.ended"), logs.about("leads.submitted"):
        log.info("still of it")
    log.info("after it")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line.get("call_id") for line in lines] == [None, str(CALL), None]
