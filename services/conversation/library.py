"""The playbooks: files that come with the product or lie in a folder, shared with every worker through the broker.

A call names its playbook by content hash, so an edit in mid-call changes nothing for that call.
"""

from collections.abc import Iterator
from pathlib import Path

from contracts.streams import PLAYBOOKS_BUCKET
from services.conversation.domain.playbook import Playbook
from services.conversation.domain.playbook_reading import content_hash, parse_playbook
from services.runtime.broker import Broker
from services.runtime.errors import NotFound

PACKAGED = Path(__file__).with_name("playbooks")
DEFAULT = "alta-he"


def name_key(name: str) -> str:
    """The key under which the current version's hash is kept."""
    return f"name.{name}"


def version_key(version: str) -> str:
    return f"version.{version}"


class Library:
    """Finds a call's playbook, in memory, then at the broker."""

    def __init__(self, broker: Broker, folder: Path | None = None) -> None:
        self._broker = broker
        self._folders = [PACKAGED, *([folder] if folder else [])]
        self._by_version: dict[str, Playbook] = {}
        self._current: dict[str, str] = {}

    async def publish(self) -> None:
        """Read every file and share it. Raises Refused with file, line and remedy."""
        for path in self._files():
            text = path.read_text(encoding="utf-8")
            playbook = parse_playbook(text, str(path))
            version = content_hash(text)
            self._by_version[version] = playbook
            self._current[playbook.name] = version
            await self._broker.put_value(PLAYBOOKS_BUCKET, version_key(version), text.encode())
            await self._broker.put_value(PLAYBOOKS_BUCKET, name_key(playbook.name), version.encode())

    def names(self) -> list[str]:
        return sorted(self._current)

    def current(self) -> list[Playbook]:
        """The playbooks in force, as far as this worker has read them."""
        return [self._by_version[version] for version in self._current.values()]

    async def get(self, name: str, version: str) -> Playbook:
        """That version if it is kept, else the current one of that name. Raises NotFound with the cure."""
        if version and version not in self._by_version:
            stored = await self._broker.get_value(PLAYBOOKS_BUCKET, version_key(version))
            if stored is not None:
                self._by_version[version] = parse_playbook(stored.decode(), f"playbook {name} ({version})")
        current = version if version in self._by_version else self._current.get(name or DEFAULT, "")
        if current not in self._by_version:
            raise NotFound(f"no playbook {name!r}: put {name}.yaml into PLAYBOOKS_DIR, or use one of {self.names()}")
        return self._by_version[current]

    def _files(self) -> Iterator[Path]:
        for folder in self._folders:
            yield from sorted(folder.glob("*.yaml"))
