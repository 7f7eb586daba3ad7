"""Messages are read and written as the client itself does it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import BadHeaderError, ProtocolError
from nats.protocol.parser import Parser

from services.runtime.nats_client import place_of, quicken
from services.runtime.nats_reading import Headers, Reader

names = st.text("aZ-09 \t:א", max_size=6)
values = st.text("aZ09 \t:,\xa0אב\u2003", max_size=8)
lines = st.builds("{}{}{}".format, names, st.sampled_from([":", ": ", ":\t", ""]), values)


@given(st.lists(lines, max_size=5))
def test_headers_of_any_lines(told: list[str]) -> None:
    raw = "\r\n".join([*told, "", ""]).encode()
    as_the_client_reads = {name: value for name, value in Client._parse_header_lines(raw).items() if name}
    headers = Headers(raw)
    assert {name: headers.get(name) for name in as_the_client_reads} == as_the_client_reads
    assert dict(headers) == as_the_client_reads
    assert headers.get("never") is None


def test_bytes_that_are_no_text() -> None:
    raw = b"good: \xff\r\nb\xffd: x\r\n\r\n"
    assert dict(Headers(raw)) == Client._parse_header_lines(raw) == {"good": "\ufffd"}


class Wired(Client):
    """A client whose commands go nowhere."""

    def __init__(self, *, quick: bool) -> None:
        super().__init__()
        self._status = Client.CONNECTED
        self._max_payload = 1000
        if quick:
            quicken(self)


async def _published(quick: bool, headers: dict[str, str] | None, reply: str) -> list[bytes] | str:
    client = Wired(quick=quick)
    try:
        await client.publish("a.b", b"body", reply=reply, headers=headers)
    except BadHeaderError as error:
        return repr(error)
    return [*client._pending, repr(client.stats).encode(), b"%d" % client._pending_data_size]


keys = st.text("aZ-09 é\n", max_size=4)


@given(st.none() | st.dictionaries(keys, st.text("aZ \t\r\n:א", max_size=6), max_size=4), st.sampled_from(["", "r.1"]))
async def test_what_is_published_goes_out_as_the_client_writes_it(headers, reply) -> None:
    assert await _published(True, headers, reply) == await _published(False, headers, reply)


class Taken:
    """What a parser hands on."""

    _transport = None

    def __init__(self) -> None:
        self.told: list[object] = []
        self.stats = {"in_msgs": 0, "in_bytes": 0}
        self._subs: dict[int, object] = {}
        self._ps = Parser(self)

    async def _process_msg(self, *message: object) -> None:
        self.told.append(message)

    async def _process_ping(self) -> None:
        self.told.append("ping")

    async def _process_pong(self) -> None:
        self.told.append("pong")

    async def _process_err(self, error: str) -> None:
        self.told.append(error)


def _message(subject: str, reply: str, headers: bytes, body: bytes) -> bytes:
    words = [subject, "7", *([reply] if reply else [])]
    if not headers:
        return f"MSG {' '.join(words)} {len(body)}\r\n".encode() + body + b"\r\n"
    return f"HMSG {' '.join(words)} {len(headers)} {len(headers) + len(body)}\r\n".encode() + headers + body + b"\r\n"


message = st.builds(
    _message,
    st.sampled_from(["a", "calls.x.said"]),
    st.sampled_from(["", "$JS.ACK.CALLS.c.1.2.3.4.0"]),
    st.sampled_from([b"", b"NATS/1.0\r\na: b\r\n\r\n", b"NATS/1.0 408 Request Timeout\r\n\r\n"]),
    st.binary(max_size=8) | st.sampled_from([b"\r\n", b"MSG a 7 1\r\n"]),
)
ODD = [b"PING\r\n", b"PONG\r\n", b"+OK\r\n", b"-ERR 'no'\r\n", b"MSG\ta  7 1\r\nx\r\n", b"MSG a 7 r  1\r\nx\r\n"]


@given(st.lists(message | st.sampled_from(ODD), max_size=6), st.lists(st.integers(0, 200), max_size=5))
async def test_whatever_the_server_sends_in_whatever_pieces(sent: list[bytes], cuts: list[int]) -> None:
    whole = b"".join(sent)
    places = sorted({0, len(whole), *(min(cut, len(whole)) for cut in cuts)})
    taken = []
    for kind in (Parser, Reader):
        into = Taken()
        reader = kind(into)
        for begin, end in pairwise(places):
            await reader.parse(whole[begin:end])
        taken.append(into.told)
    assert taken[0] == taken[1]
    assert len(taken[0]) == len([each for each in sent if each != b"+OK\r\n"])


@pytest.mark.parametrize(
    "reply",
    ["$JS.ACK.CALLS.c-1.3.123456.42.1763800000123456789.7", "$JS.ACK.hub.A1.CALLS.c-1.3.123456.42.1763800000123.7.x"],
)
def test_a_place_is_what_the_client_reads(reply: str) -> None:
    known = Msg(_client=None, subject="a", reply=reply).metadata
    place = place_of(Msg(_client=None, subject="a", reply=reply))
    assert place[:3] == (known.stream, known.sequence.stream, known.sequence.consumer) == ("CALLS", 123456, 42)
    assert place.stored_at == known.timestamp


@pytest.mark.parametrize("kind", [Parser, Reader])
async def test_what_no_server_sends_ends_the_connection(kind) -> None:
    with pytest.raises(ProtocolError):
        await kind(Taken()).parse(b"HELLO\r\n")
