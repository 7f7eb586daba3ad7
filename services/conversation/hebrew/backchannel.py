"""Words by which a listener says "go on", and nothing else."""

import re

from services.conversation.hebrew.words import fold, plain, word_set

_GO_ON = word_set(
    "אהה אהא אה המ הממ אממ מממ ממ כן אוקיי אוקי אוקיה בסדר הבנתי מבין מבינה שומע שומעת נכון ברור סבבה יפה טוב אני"
    " ok okay yes yeah yep uhhuh mhm hmm right sure i see got it"
)
_WORD = re.compile(r"[\w']+")


def is_backchannel(text: str) -> bool:
    """Whether somebody only shows that they are listening: אהה, כן כן, הבנתי."""
    words = [fold(plain(word)).casefold() for word in _WORD.findall(text.replace("-", ""))]
    return 0 < len(words) <= 4 and all(word in _GO_ON for word in words)
