"""Finds an instruction in English never to be called again. Deterministic, and nothing may overrule it.

As in Hebrew, a time makes it a callback instead ("don't call before ten"), another channel a preference.
"""

import re

from services.conversation.english.words import normal

_CALL = r"(?:call|calling|phone|phoning|ring|ringing|contact|contacting|bother|bothering|dial|dialing|harass|harassing|text|texting|message|messaging|disturb|disturbing)"
_STOP = r"(?:stop|quit|cease|enough with)"
_FINAL = (
    r"\b(?:take|get|remove|delete|strike|drop) (?:me|us|my number|our number|this number|the number|my name|my details|our company)(?: \w+){0,3} (?:off|from|out of)\b",
    r"\b(?:remove|delete|erase) (?:me|us|my number|our number|this number|my details|my data|our details)\b",
    r"\b(?:take|get) (?:me|us|my number|our number) off\b",
    r"\bunsubscribe\b",
    r"\bopt(?:ing)?(?: me| us)? out\b",
    r"\b(?:put|place|add) (?:me|us)(?: \w+){0,3} (?:do not call|no call|black ?list)",
    r"\b(?:i|we|you) are on (?:the|a) do not call\b",
    r"\bdo not call (?:list|registry)\b",
    r"\b(?:lose|forget|delete|block) (?:my|our|this) number\b",
    r"\b(?:i|we) (?:will|am going to|are going to) (?:sue|report|block) (?:you|this)\b",
    r"\b(?:this is|that is|it is) (?:harassment|spam|illegal)\b",
    r"\b(?:i|we) (?:did not|never) (?:consent(?:ed)?|agreed?|sign(?:ed)? up|subscribed?)(?: to (?:this|these|any|be|get|receiv\w+)| for (?:this|these|any))?(?: \.|$| calls?\b| being)",
    r"\b(?:i|we) (?:did not|never) (?:give|gave) (?:you |anyone |anybody )?(?:my |our |any )?(?:permission|consent|number)",
    r"\byou (?:do not|did not) have (?:my|our|any) (?:permission|consent)\b",
    r"\b(?:i|we) (?:do not|never) want (?:to (?:hear|be called|be contacted|get (?:any )?(?:more )?calls)|(?:any )?(?:more )?(?:of these )?calls)\b",
    r"\bnever (?:want to )?(?:hear|be called|be contacted)\b",
    r"^(?:please )?(?:stop|remove|unsubscribe)(?: please)? ?\.?$",
)
_CONTACT = (
    rf"\b(?:do not|never|please not)(?: you)?(?: ever)?(?: dare)? {_CALL}\b",
    rf"\b{_STOP} {_CALL}\b",
    rf"\b{_STOP} (?:these|the|all|your|with the|with these) (?:calls?|messages)\b",
    rf"\bno more (?:calls|{_CALL})\b",
)
_BOUNDED = re.compile(
    r"^(?: (?:me|us|here|this number|again|back|please|at|on|in|my|mobile|cell|the|a))*"
    r" (?:before|after|until|till|between|now|today|tomorrow|this (?:week|morning|afternoon|evening|month)|monday|tuesday|wednesday"
    r"|thursday|friday|saturday|sunday|weekends?|mornings?|evenings?|nights?|lunch|so (?:early|late)|early|late"
    r"|during|while|when|right now|email|mail|whatsapp|text me)\b"
)
_FOREVER = re.compile(r"\b(?:ever|again|anymore|any more)\b")
_PREFERENCE = re.compile(
    r"(?<!not )(?<!never )(?<!stop )\b(?:(?:email|e mail|text|message|write|call|ring|phone)(?: to)? (?:me|us|back)\b"
    r"|call (?:tomorrow|later|next|in|on|at|after)\b)"
)
"""Another way or another time, asked for after a "do not call"."""
_OTHER_THING = re.compile(
    r"\b(?:do not|never) (?:call|contact|ring) (?:it|that|this|him|her|them|a|an|yourself)\b(?! number)"
)

_LETTER = re.compile("[A-Za-z]")
_FINALS = [re.compile(pattern) for pattern in _FINAL]
_CONTACTS = [re.compile(pattern) for pattern in _CONTACT]


def opt_out(text: str) -> str | None:
    """The words that prove an opt-out, or None."""
    return find(normal(text)) if _LETTER.search(text) else None


def find(said: str) -> str | None:
    """The same for a text in its normal form."""
    for pattern in _FINALS:
        if match := pattern.search(said):
            return match[0].strip()
    for pattern in _CONTACTS:
        if (match := pattern.search(said)) and not _is_bounded(said, match):
            return match[0].strip()
    return None


def _is_bounded(said: str, match: re.Match[str]) -> bool:
    """Whether what stands around "do not call" says when or how instead."""
    behind = said[match.end() :]
    if _OTHER_THING.match(said, match.start()):
        return True
    if _BOUNDED.match(behind):
        return not _FOREVER.search(behind.partition(" . ")[0].partition(" , ")[0])
    return _PREFERENCE.search(behind) is not None and not _FOREVER.search(behind)
