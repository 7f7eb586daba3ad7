"""Learns what each clue weighs from labelled phrases, and writes `weights.txt` and `opt_out_weights.txt`.

    python -m services.conversation.hebrew.learning tests/unit/hebrew/phrases

The weights are those of a softmax over the clues of `clues.py`, learned from all phrases at once (`descent.py`), so that
the same phrases give the same weights. Needs numpy, which the development requirements bring; what it writes needs nothing.
"""

import hashlib
import json
import sys
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from services.conversation.hebrew.clues import clues
from services.conversation.hebrew.descent import Floats, descend
from services.conversation.hebrew.intents import Intent
from services.conversation.hebrew.phrasebook import Utterance
from services.conversation.hebrew.weighing import OPT_OUT_WEIGHTS, WEIGHTS

Lesson = tuple[dict[Intent, float], str]
"""What a phrase means, in shares that add up to one, and the phrase."""

LEARNED = tuple(each for each in Intent if each not in (Intent.OPT_OUT, Intent.SLOT_CHOICE))
"""Opt-outs have weights of their own, choices are found by what was offered."""
OPT_OUT_OR_NOT = (Intent.OPT_OUT, Intent.UNCLEAR)
INTENTS_FROM = ("intents.txt", "lessons.txt")
OPT_OUTS_FROM = (
    "opt_outs.txt",
    "near_misses.txt",
    "times.txt",
    "slots.txt",
    "spelled.txt",
    "answers.txt",
    *INTENTS_FROM,
)
_BARE = ("opt_outs.txt", "near_misses.txt", "slots.txt", "spelled.txt")
"""Files whose rows begin with the phrase, rather than with a label."""
_DECAY = 1e-6
"""How much a weight costs: the more, the less is made of what was seen seldom."""
_SEEN = 2
"""How often a clue must have been seen to count."""
_FINEST = 127
_PACKED = 3
"""So many bytes at a time become letters: rows filled up to that can be read in one go."""


def lessons(path: Path) -> Iterator[Lesson]:
    """The labelled phrases of a file, `label|phrase` a line; `a/b` is one or the other, `a+b` mostly the first.

    Lines that begin with # are skipped. Phrases that mean nothing that is learned are left out.
    """
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line[0] in "#@":
            continue
        label, phrase = line.split("|", 1)
        meant = [Intent(each.partition("+")[0]) for each in label.split("/")]
        shares: dict[Intent, float] = {intent: 1 / len(meant) for intent in meant if intent in LEARNED}
        if len(shares) == len(meant):
            yield shares, phrase


def opt_outs(folder: Path) -> Iterator[Lesson]:
    """Every phrase of a folder as an opt-out or none. What is an opt-out among other things is left out."""
    for name in OPT_OUTS_FROM:
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            if not line or line[0] in "#@":
                continue
            label, phrase = ("", line.split("|")[0]) if name in _BARE else line.split("|")[:2]
            is_one = name == "opt_outs.txt" or label == Intent.OPT_OUT
            if is_one or Intent.OPT_OUT not in label:
                yield {OPT_OUT_OR_NOT[0 if is_one else 1]: 1.0}, phrase


def digest(paths: Sequence[Path]) -> str:
    """Of the phrases that weights were learned from."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(paths))).hexdigest()[:16]


class Table:
    """Phrases as the clues they have: rows of indices, one after the other."""

    def __init__(self, phrases: Sequence[str], known: dict[str, int]) -> None:
        rows = [[known[clue] for clue in clues(Utterance(phrase)) if clue in known] or [0] for phrase in phrases]
        self.clues = np.array([clue for row in rows for clue in row])
        lengths = np.array([len(row) for row in rows])
        self.starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        self.rows = np.repeat(np.arange(len(rows)), lengths)
        self.shares = (1 / np.sqrt(lengths)).astype(np.float32)[self.rows][:, None]
        self.order = np.argsort(self.clues, kind="stable")
        ordered = self.clues[self.order]
        self.firsts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        self.found = ordered[self.firsts]

    def likelihoods(self, weights: Floats) -> Floats:
        """How likely each intent is for each phrase."""
        scores = np.add.reduceat(weights[self.clues] * self.shares, self.starts, axis=0)
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        likely: Floats = raised / raised.sum(axis=1, keepdims=True)
        return likely

    def by_clue(self, off: Floats, count: int) -> Floats:
        """What is off in each phrase, added up for each of `count` clues."""
        added = np.zeros((count, off.shape[1]), dtype=np.float32)
        added[self.found] = np.add.reduceat((off[self.rows] * self.shares)[self.order], self.firsts, axis=0)
        return added


def learn(taught: Sequence[Lesson], intents: Sequence[Intent] = LEARNED) -> tuple[dict[str, int], Floats]:
    """The clues that count, each with the row of its weights."""
    seen = Counter(clue for _, phrase in taught for clue in set(clues(Utterance(phrase))))
    known = {clue: row for row, clue in enumerate(sorted(clue for clue, times in seen.items() if times >= _SEEN))}
    table = Table([phrase for _, phrase in taught], known)
    meant = np.array([[shares.get(intent, 0) for intent in intents] for shares, _ in taught], dtype=np.float32)

    def cost(weights: Floats) -> tuple[float, Floats]:
        likely = table.likelihoods(weights)
        slope = _DECAY * weights - table.by_clue((meant - likely) / np.float32(len(taught)), len(known))
        surprise = -float(np.sum(meant * np.log(np.maximum(likely, 1e-9)), dtype=np.float64)) / len(taught)
        return surprise + _DECAY / 2 * float(np.vdot(weights, weights)), slope

    return known, descend(cost, np.zeros((len(known), len(intents)), dtype=np.float32))


def written(known: dict[str, int], weights: Floats, learned_from: str, intents: Sequence[Intent] = LEARNED) -> str:
    """The text of a file of weights: each as a byte, clues that weigh nothing left out."""
    scale = float(np.abs(weights).max()) / _FINEST
    bytes_ = np.round(weights / scale).astype(np.int8)
    head: dict[str, Any] = {"intents": intents, "scale": round(scale, 6), "learned_from": learned_from}
    lines = [json.dumps(head)]
    for clue, row in known.items():
        if np.abs(bytes_[row]).max() > 1:
            filled = bytes_[row].tobytes() + b"\0" * (-len(intents) % _PACKED)
            lines.append(f"{clue}\t{b64encode(filled).decode()}")
    return "\n".join(lines) + "\n"


def main(folder: Path) -> None:
    """Learn from a folder of phrases and write the weights beside this module."""
    by_intent = [lesson for name in INTENTS_FROM for lesson in lessons(folder / name)]
    _write(WEIGHTS, by_intent, LEARNED, digest([folder / name for name in INTENTS_FROM]))
    _write(OPT_OUT_WEIGHTS, [*opt_outs(folder)], OPT_OUT_OR_NOT, digest([folder / name for name in OPT_OUTS_FROM]))


def _write(file: str, taught: Sequence[Lesson], intents: Sequence[Intent], learned_from: str) -> None:
    text = written(*learn(taught, intents), learned_from, intents)
    (Path(__file__).parent / file).write_text(text, encoding="utf-8")
    sys.stdout.write(f"{file}: {len(taught)} phrases, {text.count(chr(10)) - 1} clues, {len(text) // 1024} KiB\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
