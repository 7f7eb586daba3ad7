"""What nobody sane sends: values, bodies and heads of requests that have brought down others."""

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.e2e.attacks.openapi import Values


@dataclass(frozen=True)
class Raw:
    """A piece of JSON, or of what should be, that no writer of JSON writes."""

    text: str


TEXTS: Values = st.one_of(
    st.sampled_from(
        (
            "",
            "\0",
            "a\0b",
            "\ud800",
            "\udfff\ud800",
            "\u202egnp.exe",
            "\ufeff",
            "\u2028",
            "👩‍👩‍👧‍👦" * 40,
            "שלום" * 3000,
            "x" * 70_000,
            "../../../../etc/passwd",
            "..\\..\\windows",
            "%2e%2e%2f%00",
            "' OR 1=1 --",
            "'; DROP TABLE leads; --",
            "%s%n%d{0}{{7*7}}${7*7}",
            "<script>alert(1)</script>",
            "\r\nSet-Cookie: a=b",
            "=cmd|' /C calc'!A0",
            "leads.>",
            "*",
            ">",
            "nan",
            "inf",
            "-0",
            "1e999",
            "٣",
            "१२",
            "true",
            "None",
            "null",
            "[]",
            "{}",
        )
    ),
    st.text(st.characters(exclude_categories=()), max_size=20),
)
MOMENTS: Values = st.sampled_from(
    (
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59.999999-14:00",
        "9999-12-31",
        "0001-01-01",
        "0000-00-00",
        "2026-02-30",
        "2026-13-01T00:00:00Z",
        "2026-11-25T24:00:00Z",
        "2026-11-25T10:00:00",
        "+275760-09-13T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "2026-W48-3",
        "9999-12-31/evening",
        "9999-12-31T22:00/9999-12-31T23:59",
        "0001-01-01/morning",
        "1e20",
        1e20,
        -62135596800,
        253402300799,
        10**20,
    )
)
NUMBERS: Values = st.one_of(
    st.sampled_from((-1, 0, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**40, 1e308, -1e308, 5e-324, 0.5)),
    st.sampled_from(("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "-0.0", "1" * 5000, "0." + "1" * 5000)).map(
        Raw
    ),
    st.integers(),
    st.floats(),
)
STRUCTURES: Values = st.sampled_from(
    (
        None,
        True,
        False,
        [],
        {},
        [[]],
        {"": None},
        {"__proto__": {}, "__class__": "x"},
        [None] * 2000,
        Raw("[" * 50_000 + "]" * 50_000),
        Raw('{"a":' * 2000 + "1" + "}" * 2000),
        Raw('{"name":1,"name":[],"phone":2,"phone":"x"}'),
    )
)
VALUES: Values = st.one_of(TEXTS, MOMENTS, NUMBERS, STRUCTURES)

BODIES: st.SearchStrategy[bytes] = st.one_of(
    st.sampled_from(
        (
            b"",
            b" ",
            b"{",
            b"}",
            b'{"name":',
            b'"\\ud800"',
            b'"\xff\xfe"',
            b"\xef\xbb\xbf{}",
            b"\x1f\x8b\x08\x00garbage",
            b"\xff\xfe{\x00}\x00",
            b"nan",
            b"[1,2,]",
            b"'single'",
            b"{}{}",
            b"1" * 6000,
            b"[" * 100_000,
            b"a=1&a=2&%ff=%00&=&&",
            b"name,phone\r\n\x00,\xff\r\n" * 20,
            b'"' * 1000,
            b"--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--",
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="\x00/../a"\r\n\r\na,b\r\n--x--\r\n',
            b'--x\r\nContent-Disposition: form-data; name="slot_id"; filename="a"\r\n\r\nb\r\n--x--\r\n',
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n' + b"a" * 9000,
            b"a: &a [*a, *a]\n",
            b"!!python/object/apply:os.system ['true']\n",
            b"? [a]\n: {b: !!binary x}\n",
            b"name: x\nname: y\n\tq: [",
            b"2001-99-99: 1e999999999\n",
        )
    ),
    st.binary(max_size=200),
)
CONTENT_TYPES: st.SearchStrategy[str] = st.sampled_from(
    (
        "",
        "application/json",
        "application/json; charset=utf-16",
        "application/json; charset=nonsense",
        "application/problem+json",
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=utf-7",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x",
        "multipart/form-data; boundary=x; charset=nonsense",
        "multipart/form-data; boundary=" + "y" * 3000,
        "multipart/mixed; boundary=x",
        "text/csv",
        "text/csv; charset=windows-1255",
        "application/yaml",
        "application/xml",
        "a/b/c;;;=",
        "\xff\xfe",
    )
)
HEADERS: st.SearchStrategy[tuple[str, str]] = st.sampled_from(
    (
        ("Idempotency-Key", "\xff\xfe"),
        ("Idempotency-Key", ""),
        ("Idempotency-Key", "k" * 5000),
        ("Idempotency-Key", "same"),
        ("If-None-Match", '"\xff", W/*, *'),
        ("Accept", "application/xml;q=nan"),
        ("Accept-Language", "\xff"),
        ("Accept-Encoding", "br;q=a"),
        ("Range", "bytes=5-1,-,9999999999999999999-"),
        ("Host", "evil.example\xff"),
        ("X-Forwarded-For", "10.0.0.1, \xff"),
        ("X-Forwarded-Proto", "javascript"),
        ("Content-Disposition", "attachment; filename*=UTF-8''%00%ff..%2f..%2fx; filename=\xff"),
        ("Content-Encoding", "gzip"),
        ("Cookie", "a=\xff; b"),
        ("Origin", "https://evil.example"),
        ("Traceparent", "00-" + "z" * 40),
        ("Upgrade", "websocket"),
        ("X-HTTP-Method-Override", "DELETE"),
    )
)


@st.composite
def spoiled(draw: st.DrawFn, value: Any) -> Any:
    """The same value with one part of it, or all of it, made hostile; sometimes with a part too much."""
    if isinstance(value, dict) and value and draw(st.integers(0, 9)):
        name = draw(st.sampled_from(sorted(value)))
        return {**value, name: draw(spoiled(value[name]))}
    if isinstance(value, list) and value and draw(st.integers(0, 9)):
        place = draw(st.integers(0, len(value) - 1))
        return [*value[:place], draw(spoiled(value[place])), *value[place + 1 :]]
    if isinstance(value, dict) and draw(st.booleans()):
        return {**value, draw(TEXTS): draw(VALUES)}
    return draw(VALUES)


def written(value: Any) -> str:
    """JSON, with what is raw in it as it is and surrogates as escapes."""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{written(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value)
