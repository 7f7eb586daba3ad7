"""Playbooks from where they are: the running system, or the files on this machine."""

import getpass
import re
from collections.abc import Sequence
from pathlib import Path

from contracts.chat import PlaybookFault, Playbooks, PlaybooksShown, PlaybookText, parse_chat
from services.conversation.domain.playbook_reading import BadPlaybook, content_hash, read_playbook
from services.conversation.folders import PACKAGED, read_folders, require
from services.conversation.settings import ConversationSettings
from services.runtime.broker import Broker
from services.runtime.errors import Failure, InvalidMessage, NotFound

TIMEOUT_S = 10.0
_NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,63}$")
HEADER = """\
# {name}: your own playbook, begun as a copy of {like}.
#
# 1. Change the lines below. What each key means, with an example, is in docs/playbooks.md.
# 2. `messiah playbook check {file}` tells every mistake with its line.
# 3. Keep the file in PLAYBOOKS_DIR, or put it in force with `messiah playbook save {file}`.
# 4. PLAYBOOK={name} makes it the one that calls follow. A change is in force from the next call on.
#
# At most two short sentences in a line. Hebrew must suit a woman and a man alike: speak to the company (אצלכם, לכם) or
# to nobody (אפשר, כדאי). Facts of the lead may be unknown: {{% if first_name %}} {{{{ first_name }}}}{{% endif %}}.

"""


def own_folder() -> Path | None:
    """PLAYBOOKS_DIR. Raises Refused if it is set and not there."""
    folder = ConversationSettings().playbooks_dir
    if folder is not None:
        require([folder])
    return folder


def files() -> dict[str, PlaybookText]:
    """The playbooks in files that can be used, by name."""
    own = own_folder()
    found, _ = read_folders([PACKAGED, *([own] if own else [])])
    return {
        name: PlaybookText(
            name=name,
            content_hash=content_hash(file.text),
            language=file.playbook.language,
            company=file.playbook.seller,
            text=file.text,
        )
        for name, file in sorted(found.items())
    }


def one_of(shelf: dict[str, PlaybookText], name: str) -> PlaybookText:
    """Raises NotFound with the names there are."""
    if name not in shelf:
        raise NotFound(f"no playbook {name!r}; there are {', '.join(shelf)}")
    return shelf[name]


def every_file(paths: Sequence[Path]) -> list[Path]:
    """The files that are meant: a folder stands for all playbooks in it; none at all for PLAYBOOKS_DIR."""
    if not paths:
        paths = [own_folder() or PACKAGED]
    return [file for path in paths for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]


def read(path: Path) -> str:
    """Raises InvalidMessage if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidMessage(f"{path} cannot be read ({error}); give a file of UTF-8 text") from error


def faults_in(path: Path) -> tuple[PlaybookFault, ...]:
    """Everything that is wrong with a file."""
    try:
        return read_playbook(read(path))[1]
    except InvalidMessage as error:
        return (PlaybookFault(line=1, message=error.detail),)


def begin(name: str, like: str, folder: Path | None) -> Path:
    """Write a file to start from. Raises InvalidMessage or NotFound with the cure; overwrites nothing."""
    if not _NAME.match(name):
        raise InvalidMessage(f"{name!r} is no name for a playbook: use small Latin letters, digits and hyphens")
    text = one_of(files(), like).text
    where = folder or own_folder() or Path()
    path = where / f"{name}.yaml"
    body = re.sub(r"\A(?:#.*\n)+", "", text)
    named = re.sub(r"(?m)^name:.*$", f"name: {name}", body, count=1)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(HEADER.format(name=name, like=like, file=path) + named)
    except FileExistsError:
        raise InvalidMessage(f"{path} is already there; choose another name or move it away") from None
    except OSError as error:
        raise InvalidMessage(f"{path} cannot be written ({error}); give a folder with --to") from error
    return path


async def ask(broker: Broker, request: Playbooks) -> PlaybooksShown:
    """Ask the running system. Raises Failure in its words."""
    reply = parse_chat(await broker.ask(request.subject, request.model_dump_json().encode(), TIMEOUT_S))
    if isinstance(reply, PlaybooksShown):
        return reply
    raise Failure(getattr(reply, "detail", "the conversation service answered something else"))


async def save(broker: Broker, path: Path) -> PlaybookText:
    """Put a file in force in the running system. Raises BadPlaybook with every mistake."""
    reply = await ask(broker, Playbooks(action="save", text=read(path), operator=getpass.getuser()))
    if reply.faults:
        raise BadPlaybook(str(path), reply.faults)
    return reply.playbooks[0]
