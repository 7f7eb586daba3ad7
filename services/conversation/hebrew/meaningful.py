"""The words of an utterance that mean something: without fillers and repetitions, and what belongs together as one."""

from collections.abc import Sequence

from services.conversation.hebrew.lexicon import COMPOUNDS, FILLERS
from services.conversation.hebrew.words import Word

_SECOND = frozenset(second for _, second in COMPOUNDS)
_IN_TO = ("ב", "ל")
_GREETINGS = frozenset(("טוב", "טובים", "שלום", "שמח"))
"""With ב before them, what ends a greeting says something else: בבוקר טוב לי."""
_BROTHERS = frozenset(("אחי", "אחותי"))
_OF = frozenset(("את", "של", "עם", "זה", "גם"))


def without_fillers(said: Sequence[Word]) -> list[Word]:
    """What is left without fillers. אחי is one, unless it is somebody's brother."""
    return [
        word
        for place, word in enumerate(said)
        if word.folded not in FILLERS
        and not (word.folded in _BROTHERS and (place == 0 or said[place - 1].folded not in _OF))
    ]


def said_once(said: Sequence[Word]) -> list[Word]:
    """The words without what was said twice running, of one word or of two or three."""
    kept = list(said)
    if len({word.folded for word in kept}) == len(kept):
        return kept
    for size in (1, 2, 3):
        index = 0
        while index + 2 * size <= len(kept):
            first = [word.folded for word in kept[index : index + size]]
            if first == [word.folded for word in kept[index + size : index + 2 * size]]:
                del kept[index + size : index + 2 * size]
            else:
                index += 1
    return kept


def compounded(said: list[Word]) -> list[Word]:
    """The words with those that belong together made one: בן אדם."""
    kept: list[Word] = []
    for word in said:
        together = _together(kept[-1].folded, word.folded) if kept else None
        if together is None:
            kept.append(word)
        else:
            kept[-1] = Word(f"{kept[-1].text} {word.text}", together, kept[-1].pause)
    return kept


def _together(first: str, second: str) -> str | None:
    if second not in _SECOND:
        return None
    for glue in ("", "ה", "ו", "ש", "ב", "ל"):
        if first.startswith(glue) and not (glue in _IN_TO and second in _GREETINGS):
            together = COMPOUNDS.get((first.removeprefix(glue), second))
            if together is not None:
                return glue + together
    return None
