"""Finds what is wrong with an English sentence before a caller hears it."""

import re

from contracts.reasons import said

MOST_SENTENCES = 2
MOST_WORDS = 28
"""In one sentence."""

_SENTENCES = re.compile(r"[.!?…]+(?:\s|$)")
_SLASH = re.compile(r"\b[A-Za-z]+/[A-Za-z]+\b|\b[A-Za-z]+\(s\)")
_OTHER_SCRIPT = re.compile(r"[\u0590-\u05ff\u0600-\u06ff\u0400-\u04ff]+")
_STIFF = re.compile(r"\b(?:sir|madam|ma'am)\b", re.IGNORECASE)
_ABBREVIATIONS = re.compile(r"\b(?:e\.g|i\.e|etc)\.?", re.IGNORECASE)


def lint(sentence: str) -> list[str]:
    """What is wrong with a sentence, each in words; nothing if it may be spoken."""
    problems = [said("slash", word=match) for match in _SLASH.findall(sentence)]
    problems += [said("word_of_other_script", word=match) for match in _OTHER_SCRIPT.findall(sentence)]
    problems += [said("assumes_gender", word=match) for match in _STIFF.findall(sentence)]
    problems += [said("not_spoken", word=match) for match in _ABBREVIATIONS.findall(sentence)]
    sentences = [part for part in _SENTENCES.split(sentence.strip()) if part.strip()]
    if len(sentences) > MOST_SENTENCES:
        problems.append(said("sentences_too_many", count=len(sentences), most=MOST_SENTENCES))
    lengths = [len(part.split()) for part in sentences]
    return problems + [
        said("sentence_too_long", count=length, most=MOST_WORDS) for length in lengths if length > MOST_WORDS
    ]
