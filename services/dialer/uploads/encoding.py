"""In which encoding a spreadsheet has written a file."""

import codecs
import re
from pathlib import Path

from contracts.reasons import said
from services.dialer.uploads.problem import UnreadableFile

BLOCK = 1 << 20
_SAMPLE = 1 << 16
_SIGNATURES = {
    b"PK\x03\x04": "file_excel",
    b"\xd0\xcf\x11\xe0": "file_old_excel",
    b"%PDF": "file_pdf",
    b"\x1f\x8b": "file_compressed",
}
_BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_HEBREW = re.compile("[א-ת]")
_DOS_HEBREW = re.compile(rb"[\x80-\x9a]{2,}")
_MOSTLY = 10
"""So many times more letters than unreadable bytes: a text with a slip, not another encoding."""


def encoding_of(path: Path) -> str:
    """The name of the encoding. Raises UnreadableFile for what is no text at all."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    if not sample.strip(b"\0 \r\n\t"):
        raise UnreadableFile(said("file_empty"))
    for signature, fault in _SIGNATURES.items():
        if sample.startswith(signature):
            raise UnreadableFile(said(fault))
    if sample.lstrip()[:1] == b"<":
        raise UnreadableFile(said("file_web_page"))
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if sample.startswith(mark):
            return encoding
    if wide := _utf16_without_mark(sample):
        return wide
    if _decodes(path, "utf-8") or _mostly_utf8(sample):
        return "utf-8"
    if _decodes(path, "cp1255"):
        return "cp1255"
    if _DOS_HEBREW.search(sample):
        return "cp862"
    return _guessed(sample) or "cp1255"


def _guessed(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes  # loads a tenth of a second's worth of tables, and is hardly ever asked

    guess = from_bytes(sample).best()
    return guess.encoding if guess else None


def _utf16_without_mark(sample: bytes) -> str | None:
    even, odd = sample[0:4096:2].count(0), sample[1:4096:2].count(0)
    half = min(len(sample), 4096) // 8
    if odd > half and odd > even * _MOSTLY:
        return "utf-16-le"
    return "utf-16-be" if even > half and even > odd * _MOSTLY else None


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _mostly_utf8(sample: bytes) -> bool:
    text = sample.decode("utf-8", errors="replace")
    return len(_HEBREW.findall(text)) > _MOSTLY * text.count("�")
