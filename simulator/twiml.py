"""What the called application tells the carrier to do, read from its XML."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit


class TwimlError(Exception):
    """The document cannot be carried out; `code` is the documented notification."""

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


@dataclass(frozen=True)
class Say:
    text: str


@dataclass(frozen=True)
class Pause:
    length_s: float


@dataclass(frozen=True)
class Hangup:
    """Also stands for `<Reject>`, which ends the call in the same way."""


@dataclass(frozen=True)
class Redirect:
    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Dial:
    number: str
    action: str | None = None
    method: str = "POST"


@dataclass(frozen=True)
class ConversationRelay:
    """`<Connect><ConversationRelay>`; `action` is absolute already."""

    url: str
    action: str | None = None
    method: str = "POST"
    attributes: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)

    def events(self) -> frozenset[str]:
        """Which info frames were asked for: `speaker-events`, `tokens-played`."""
        return frozenset(f"{self.attributes.get('events', '')} {self.attributes.get('debug', '')}".split())

    def flag(self, name: str) -> bool:
        """Whether a boolean attribute is on."""
        return self.attributes.get(name, "false").lower() == "true"

    def transcription_language(self) -> str:
        """The language that prompts are tagged with."""
        return self.attributes.get("transcriptionLanguage") or self.attributes.get("language") or "en-US"


Verb = Say | Pause | Hangup | Redirect | Dial | ConversationRelay


def parse(document: str, base_url: str) -> list[Verb]:
    """The verbs of a document fetched from `base_url` (empty for inline documents).

    Raises:
        TwimlError: not XML, not a `<Response>`, an unknown verb, or a URL that leads nowhere.
    """
    try:
        # Our own application wrote it; a hostile document harms only this simulator.
        root = ET.fromstring(document.strip())  # noqa: S314
    except ET.ParseError as error:
        raise TwimlError(12100, f"Document parse failure: {error}") from error
    if root.tag != "Response":
        raise TwimlError(12102, f"the root is <{root.tag}>, not <Response>")
    return [_verb(element, base_url) for element in root]


def _verb(element: ET.Element, base_url: str) -> Verb:
    text = (element.text or "").strip()
    method = element.get("method", "POST").upper()
    match element.tag:
        case "Say":
            return Say("".join(element.itertext()).strip())
        case "Pause":
            return Pause(float(element.get("length", "1")))
        case "Hangup" | "Reject":
            return Hangup()
        case "Redirect":
            return Redirect(_absolute(text, base_url), method)
        case "Dial":
            action = element.get("action")
            number = element.find("Number")
            dialed = text or ((number.text or "").strip() if number is not None else "")
            return Dial(dialed, _absolute(action, base_url) if action else None, method)
        case "Connect":
            return _connect(element, base_url, method)
        case _:
            raise TwimlError(12200, f"the simulator does not know <{element.tag}>")


def _connect(element: ET.Element, base_url: str, method: str) -> ConversationRelay:
    relay = element.find("ConversationRelay")
    if relay is None:
        raise TwimlError(12200, "the simulator knows <Connect> with <ConversationRelay> only")
    url = relay.get("url", "")
    # Plain ws:// is for this simulator alone: the real carrier wants wss://.
    if urlsplit(url).scheme not in ("ws", "wss"):
        raise TwimlError(64102, f"not a WebSocket URL: {url!r}")
    action = element.get("action")
    return ConversationRelay(
        url=url,
        action=_absolute(action, base_url) if action else None,
        method=method,
        attributes={name: value for name, value in relay.attrib.items() if name != "url"},
        parameters={p.get("name", ""): p.get("value", "") for p in relay.findall("Parameter")},
    )


def _absolute(url: str, base_url: str) -> str:
    absolute = urljoin(base_url, url) if base_url else url
    if urlsplit(absolute).scheme not in ("http", "https"):
        raise TwimlError(11100, f"Invalid URL format: {url!r}")
    return absolute
