"""The playbooks that lie in folders as files: read all at once, and known to have changed."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from contracts.chat import PlaybookFault
from services.conversation.domain.playbook import Playbook
from services.conversation.domain.playbook_reading import BadPlaybook, parse_playbook
from services.runtime.errors import Refused

PACKAGED = Path(__file__).with_name("playbooks")
"""Those that come with the product."""

State = dict[Path, tuple[int, int, int]]


@dataclass(frozen=True)
class File:
    """A playbook and the file it was read from."""

    path: Path
    text: str
    playbook: Playbook


def require(where: Sequence[Path]) -> None:
    """Raises Refused with the cure if one of the folders is not there."""
    for folder in where:
        if not folder.is_dir():
            raise Refused(f"there is no folder {folder}: make it, or correct PLAYBOOKS_DIR", field="PLAYBOOKS_DIR")


def read_folders(where: Sequence[Path]) -> tuple[dict[str, File], list[BadPlaybook]]:
    """The playbooks by name, and those that cannot be used. What is in a later folder wins."""
    found: dict[str, File] = {}
    refused: list[BadPlaybook] = []
    for folder in where:
        here: dict[str, File] = {}
        for path in sorted(folder.glob("*.yaml")):
            try:
                file = _read(path)
            except BadPlaybook as error:
                refused.append(error)
                continue
            if twin := here.get(file.playbook.name):
                message = f"`name`: {twin.path.name} beside it has the same name; rename one"
                refused.append(BadPlaybook(str(path), (PlaybookFault(line=1, message=message),)))
            else:
                here[file.playbook.name] = file
        found |= here
    return found, refused


def state_of(where: Sequence[Path]) -> State:
    """What tells that a file has changed, without reading it."""
    found: dict[Path, tuple[int, int, int]] = {}
    for path in (path for folder in where for path in folder.glob("*.yaml")):
        with suppress(OSError):  # gone since it was listed
            status = path.stat()
            found[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found


def _read(path: Path) -> File:
    """Raises BadPlaybook."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"it cannot be read ({error}); save it as UTF-8 text that this process may read"
        raise BadPlaybook(str(path), (PlaybookFault(line=1, message=message),)) from error
    return File(path, text, parse_playbook(text, str(path)))
