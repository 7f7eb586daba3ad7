"""Headers are read as the client itself reads them."""

from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client

from services.runtime.tracing import header_lines

names = st.text("aZ-09 \t:א", max_size=6)
values = st.text("aZ09 \t:,\xa0אב\u2003", max_size=8)
lines = st.builds("{}{}{}".format, names, st.sampled_from([":", ": ", ":\t", ""]), values)


@given(st.lists(lines, max_size=5))
def test_any_lines(told: list[str]) -> None:
    raw = "\r\n".join([*told, "", ""]).encode()
    assert header_lines(raw) == {name: value for name, value in Client._parse_header_lines(raw).items() if name}


def test_bytes_that_are_no_text() -> None:
    raw = b"good: \xff\r\nb\xffd: x\r\n\r\n"
    assert header_lines(raw) == Client._parse_header_lines(raw) == {"good": "\ufffd"}
