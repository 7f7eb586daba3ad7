"""A strict reader of RFC 5545, written without any library: lines, folding, properties, components."""

import re
from dataclasses import dataclass, field

_LINE = re.compile(
    r'^(?P<name>[A-Z][A-Z0-9-]*)(?P<parameters>(?:;[A-Z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(?P<value>.*)$'
)


@dataclass
class Component:
    """A BEGIN ... END block: its properties with their parameters, and the blocks inside."""

    name: str
    properties: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    components: list["Component"] = field(default_factory=list)

    def value(self, name: str) -> str:
        (found,) = [value for each, _, value in self.properties if each == name]
        return found

    def named(self, name: str) -> list["Component"]:
        return [each for each in self.components if each.name == name]


def read(body: bytes) -> Component:
    """The calendar, every rule checked: CRLF only, 75 octets a line at most, whole characters, balanced blocks."""
    assert body.endswith(b"\r\n")
    raw = body[:-2].split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in raw), "a bare CR or LF"
    assert all(len(line) <= 75 for line in raw), "a line longer than 75 octets"
    lines: list[str] = []
    for line in raw:
        text = line.decode()  # a fold inside a character would not decode
        assert text, "an empty line"
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", text), "a control character"
        if text[0] in " \t":
            lines[-1] += text[1:]
        else:
            lines.append(text)
    root = Component("")
    stack = [root]
    for text in lines:
        found = _LINE.match(text)
        assert found, text
        name, value = found["name"], found["value"]
        if name == "BEGIN":
            stack[-1].components.append(Component(value))
            stack.append(stack[-1].components[-1])
        elif name == "END":
            assert stack.pop().name == value
        else:
            parts = re.findall(r';([A-Z0-9-]+)=("[^"]*"|[^";:]*)', found["parameters"])
            stack[-1].properties.append((name, {key: part.strip('"') for key, part in parts}, value))
    assert stack == [root]
    (calendar,) = root.components
    assert calendar.name == "VCALENDAR"
    assert calendar.value("VERSION") == "2.0"
    _check_times(calendar)
    return calendar


def _check_times(calendar: Component) -> None:
    """Every TZID that is used is defined once, and times are either in UTC or have one."""
    zones = [each.value("TZID") for each in calendar.named("VTIMEZONE")]
    assert len(zones) == len(set(zones))
    for event in calendar.named("VEVENT"):
        assert re.fullmatch(r"\d{8}T\d{6}Z", event.value("DTSTAMP"))
        for name, parameters, value in event.properties:
            if name in ("DTSTART", "DTEND"):
                assert parameters["TZID"] in zones
                assert re.fullmatch(r"\d{8}T\d{6}", value)


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text)
