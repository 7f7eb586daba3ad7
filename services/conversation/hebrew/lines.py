"""Understanding and speaking line by line, for whoever wants to use or to measure them."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.conversation.hebrew.bare_choice import is_bare_choice
from services.conversation.hebrew.intents import Intent
from services.conversation.hebrew.opt_out import doubt
from services.conversation.hebrew.phrasebook import utterance
from services.conversation.hebrew.speaking import spoken
from services.conversation.hebrew.understanding import Moment, understand

_ISRAEL = ZoneInfo("Asia/Jerusalem")


def understand_line(json_line: str) -> str:
    """One JSON object `{"text", "now"?, "asked"?, "offered"?}` in, one out; a bad line gives `{"error"}`.

    Times without an offset are Israeli; an absent `now` is the current time. Where it is told neither what was asked nor
    what was offered, words that are nothing but a choice are taken for one.
    """
    try:
        given = json.loads(json_line)
        now = _aware(given.get("now")) or datetime.now(_ISRAEL)
        offered = [moment for each in given.get("offered") or [] if (moment := _aware(each))]
        heard = understand(given["text"], now, asked=given.get("asked"), offered=offered)
        bare = given.keys().isdisjoint(("asked", "offered")) and is_bare_choice(utterance(given["text"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return json.dumps({"error": f'give {{"text": ..., "now": ISO 8601}}: {error!r}'}, ensure_ascii=False)
    chosen = bare and not heard.opt_out
    evidence = {each.intent: each.phrase for each in heard.intents}
    answer: dict[str, Any] = {
        "intents": list(dict.fromkeys([Intent.SLOT_CHOICE] * chosen + [each.intent for each in heard.intents])),
        "evidence": {Intent.SLOT_CHOICE: given["text"]} | evidence if chosen else evidence,
        "time": _times(heard.time),
        "slot": heard.slot,
        "opt_out": heard.opt_out,
        "doubt": doubt(given["text"]) is not None,
        "email": heard.email,
        "digits": heard.digits,
        "yes": heard.yes,
        "gender": heard.gender,
        "noise": heard.noise,
    }
    return json.dumps(answer, ensure_ascii=False)


def spoken_line(text: str) -> str:
    """What a voice should read for one line of text."""
    return spoken(text)


def _aware(moment: str | None) -> datetime | None:
    if not moment:
        return None
    parsed = datetime.fromisoformat(moment)
    return parsed.astimezone(_ISRAEL) if parsed.tzinfo else parsed.replace(tzinfo=_ISRAEL)


def _times(moment: Moment | None) -> dict[str, str] | None:
    return {"start": moment.start.isoformat(), "end": moment.end.isoformat()} if moment else None
