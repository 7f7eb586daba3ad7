"""Reads every sentence of a playbook as callers would hear it, whatever is known of them, and says what is wrong."""

import re
from collections.abc import Mapping

from contracts.reasons import said
from services.conversation.domain.sentences import LEAD_VARIABLES, RECORDED, Lint, render
from services.conversation.hebrew.own_gender import own_gender
from services.conversation.languages import language as language_of

_SAMPLES = {
    "he": {
        "name": "דנה כהן",
        "first_name": "דנה",
        "company": "אורנט",
        "business_type": "הייטק",
        "challenges": "תיאום פגישות",
        "number_source": "אתר החברה",
        "first": "שלישי בעשר",
        "second": "רביעי בשתיים",
        "when": "יום שלישי, העשרים וארבעה בנובמבר, בעשר וחצי בבוקר",
        "email": "dana@ornet.co.il",
        "minutes": "20",
    },
    "en": {
        "name": "Dana Cohen",
        "first_name": "Dana",
        "company": "Ornet",
        "business_type": "software",
        "challenges": "arranging meetings",
        "number_source": "the company website",
        "first": "Tuesday at ten",
        "second": "Wednesday at two",
        "when": "Tuesday, November twenty fourth, at half past ten in the morning",
        "email": "dana@ornet.co.il",
        "minutes": "20",
    },
}
_STRAY = re.compile(r"\s[,.?!:;]|^[,.?!:;]|[,:;]\s*[.?!,:;]")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]*")


def lint_for(language: str, fields: Mapping[str, object]) -> Lint:
    """The lint of one playbook's sentences. `fields` are those of the file, not validated yet."""
    persona, lexicon, seller = fields.get("persona"), fields.get("lexicon"), fields.get("seller")
    named = persona if isinstance(persona, Mapping) else {}
    said_as = {str(name): str(how) for name, how in lexicon.items()} if isinstance(lexicon, Mapping) else {}
    tongue = language_of(language if language in _SAMPLES else "he")
    known = _SAMPLES[tongue.code] | {
        "persona": str(named.get("name", "")),
        "seller": str(seller or ""),
    }

    def lint(sentence: str, own: tuple[str, ...]) -> list[str]:
        problems: dict[str, None] = {}
        for values in (known | {RECORDED: RECORDED}, known | dict.fromkeys((*LEAD_VARIABLES, RECORDED), "")):
            heard = render(sentence, values)
            if not heard or _STRAY.search(heard):
                problems[said("reads_odd", sentence=heard)] = None
            found = tongue.lint(heard, None)
            if tongue.code == "he":
                found += _hebrew(heard, tongue.spoken(heard, said_as), named.get("gender"))
            problems.update(dict.fromkeys(found))
        return list(problems)

    return lint


def _hebrew(heard: str, read: str, gender: object) -> list[str]:
    """What is wrong with a sentence, and with what the voice reads for it."""
    problems = []
    speaks_as = own_gender(heard)
    if speaks_as is not None and gender in ("m", "f") and speaks_as != gender:
        problems.append(said("agent_is_woman" if gender == "f" else "agent_is_man"))
    if "@" not in heard:
        strange = dict.fromkeys(_LATIN.findall(read))
        problems += [said("word_unknown_to_voice", name=name) for name in strange]
    return problems
