"""Fills the templates. Every sentence stands in `templates/he.jinja` and `templates/en.jinja`, and nowhere else."""

import base64
import hashlib
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.scheduler.domain.letter import Language

_TEMPLATES = Path(__file__).with_name("templates")


def _environment(autoescape: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=autoescape,  # noqa: S701  off for plain text only
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


# Two, because a sentence read in a page must escape the names in it, and one read in plain text must not.
_plain: Final = _environment(autoescape=False)
_markup: Final = _environment(autoescape=True)

_CSS = (_TEMPLATES / "page.css").read_text(encoding="utf-8")
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
"""Names the page's style, so that a policy allows it and no other."""


def words(language: Language) -> Any:
    """The sentences of a language, by name, as plain text."""
    return _plain.get_template(f"{language}.jinja").module


def fill(template: str, language: Language, **context: Any) -> str:
    """A template in a language. What is missing in `context` is an error, never an empty place."""
    environment = _markup if template.endswith(".html") else _plain
    layout = {"direction": "rtl", "start": "right"} if language == "he" else {"direction": "ltr", "start": "left"}
    known = {"words": environment.get_template(f"{language}.jinja").module, "language": language, "css": _CSS}
    return environment.get_template(template).render(known | layout | context)
