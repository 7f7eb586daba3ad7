"""The playbooks in force: from files and from whoever saves one, shared with every worker through the broker.

A call names its playbook by content hash, so an edit in mid-call changes nothing for that call. Under
`version.{hash}` the broker keeps every text, under `told.{hash}` what a call is told of it, under `name.{name}` the
hash in force, under `file.{name}` the hash of the file that was last published: a file is published again only when
it has changed, so the latest change wins, whether it was made in a file or saved.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.calls import Playbook as PlaybookOfCall
from contracts.chat import PlaybookFault
from contracts.reasons import said
from contracts.streams import PLAYBOOKS_BUCKET
from services.conversation.domain.playbook import Playbook
from services.conversation.domain.playbook_reading import BadPlaybook, content_hash, parse_playbook
from services.conversation.folders import PACKAGED, State, read_folders, require, state_of
from services.runtime.broker import TRANSIENT, Broker
from services.runtime.errors import NotFound
from services.runtime.logs import logger

log = logger(__name__)

DEFAULT = "alta-he"
LOOK_S = 0.5
"""How often the folders are looked at. A change is published when it was seen twice."""
AGAIN_S = 1.0
"""How long after the broker was found away it is asked again."""


@dataclass(frozen=True)
class Version:
    """One version of a playbook."""

    content_hash: str
    text: str
    playbook: Playbook


def name_key(name: str) -> str:
    """The key under which the current version's hash is kept."""
    return f"name.{name}"


def version_key(version: str) -> str:
    return f"version.{version}"


def told_key(version: str) -> str:
    return f"told.{version}"


def file_key(name: str) -> str:
    return f"file.{name}"


class Library:
    """Finds a call's playbook, in memory, then at the broker."""

    def __init__(self, broker: Broker, folder: Path | None = None) -> None:
        self._broker = broker
        self._where = [PACKAGED, *([folder] if folder else [])]
        self._versions: dict[str, Version] = {}
        self._current: dict[str, str] = {}
        self._read: State = {}
        self._watcher: Any = None
        self._closing = False

    async def open(self) -> None:
        """Publish the files that have changed and learn what is in force. Raises Refused if a folder is not there."""
        require(self._where)
        await self.publish()
        async with self._watching() as watcher:
            async for entry in watcher:
                if entry is None:
                    return
                await self._take(entry.key, entry.value)

    async def publish(self) -> None:
        """Share every file that has changed since it was last shared. A bad one is refused: the old one stays."""
        state = await asyncio.to_thread(state_of, self._where)
        found, refused = await asyncio.to_thread(read_folders, self._where)
        for error in refused:
            log.error("playbook refused; the one in force stays", faults=error.detail)
        for name, file in found.items():
            version = content_hash(file.text)
            known = await self._broker.get_value(PLAYBOOKS_BUCKET, file_key(name))
            if known is None or known.decode() != version:
                await self._put(Version(version, file.text, file.playbook))
                await self._broker.put_value(PLAYBOOKS_BUCKET, file_key(name), version.encode())
        self._read = state

    async def watch_files(self) -> None:
        """Publish what changes in the folders, from now on.

        They are looked at, not watched: on network drives and in containers nobody tells of a change.
        """
        last = self._read
        while not self._closing:
            await asyncio.sleep(LOOK_S)
            seen = await asyncio.to_thread(state_of, self._where)
            if seen == last != self._read:  # nobody is in the middle of saving
                await self.publish()
            last = seen

    async def close(self) -> None:
        """End what runs. To be cancelled is not enough: before Python 3.12 a reply that comes at that very moment
        swallows the cancellation."""
        self._closing = True
        if self._watcher is not None:
            with suppress(*TRANSIENT):
                await self._watcher.stop()

    async def follow(self) -> None:
        """Take in what any worker publishes or saves, from now on."""
        while not self._closing:
            try:
                await self._follow()
            except TRANSIENT as error:
                log.warning("playbooks cannot be followed now; trying again", error=repr(error))
            await asyncio.sleep(AGAIN_S)

    async def save(self, text: str, name: str | None = None) -> Version:
        """Put a playbook in force for the calls that begin from now on. Raises BadPlaybook with every fault."""
        playbook = await asyncio.to_thread(parse_playbook, text, name or "playbook")
        if name is not None and playbook.name != name:
            message = said("fault_at", place="name", why=said("playbook_misnamed", here=playbook.name, name=name))
            raise BadPlaybook(name, (PlaybookFault(line=_line_of_name(text), message=message),))
        version = Version(content_hash(text), text, playbook)
        await self._put(version)
        return version

    def names(self) -> list[str]:
        return sorted(self._current)

    def all(self) -> list[Version]:
        """Every playbook in force, by name."""
        return [self._versions[self._current[name]] for name in self.names()]

    def current(self, name: str) -> Version:
        """The playbook in force under a name. Raises NotFound with the cure."""
        if name not in self._current:
            known = ", ".join(self.names())
            raise NotFound(f"no playbook {name!r}: save it, put {name}.yaml into PLAYBOOKS_DIR, or use one of {known}")
        return self._versions[self._current[name]]

    async def get(self, name: str, version: str) -> Playbook:
        """That version if it is kept, else the current one of that name. Raises NotFound with the cure."""
        kept = await self._load(version) if version else None
        return (kept or self.current(name or DEFAULT)).playbook

    async def _follow(self) -> None:
        """Until the connection was lost and is back: left alone, the client notices a lost watch only much later."""
        async with self._watching() as watcher:
            stops: list[asyncio.Task[None]] = []
            forget = self._broker.on_reconnect(lambda: stops.append(asyncio.create_task(watcher.stop())))
            try:
                async for entry in watcher:
                    if entry is not None:
                        await self._take(entry.key, entry.value)
            finally:
                forget()
                await asyncio.gather(*stops, return_exceptions=True)

    @asynccontextmanager
    async def _watching(self) -> AsyncIterator[Any]:
        """The hashes in force: those of now, then None, then each that changes."""
        store = await self._broker.js.key_value(PLAYBOOKS_BUCKET.name)
        watcher: Any = await store.watch(name_key("*"))
        self._watcher = watcher
        try:
            yield watcher
        finally:
            with suppress(*TRANSIENT):
                await watcher.stop()

    async def _take(self, key: str, value: bytes | None) -> None:
        """Learn which version is in force under a name."""
        name, version = key.removeprefix(name_key("")), (value or b"").decode()
        if not version or self._current.get(name) == version:
            return
        if await self._load(version) is None:
            log.error(
                "a playbook was published that cannot be used; the one in force stays", name=name, version=version
            )
            return
        log.info("playbook in force", name=name, version=version, before=self._current.get(name))
        self._current[name] = version

    async def _load(self, version: str) -> Version | None:
        """A version by its hash; None if it is not kept, or was written for another release."""
        if version not in self._versions:
            stored = await self._broker.get_value(PLAYBOOKS_BUCKET, version_key(version))
            if stored is None:
                return None
            text = stored.decode()
            try:
                playbook = await asyncio.to_thread(parse_playbook, text, f"version {version}", lint=False)
            except BadPlaybook as error:
                log.error("a stored playbook cannot be used", version=version, faults=error.detail)
                return None
            self._versions[version] = Version(version, text, playbook)
        return self._versions[version]

    async def _put(self, version: Version) -> None:
        name = version.playbook.name
        self._versions[version.content_hash] = version
        await self._broker.put_value(PLAYBOOKS_BUCKET, version_key(version.content_hash), version.text.encode())
        await self._broker.put_value(PLAYBOOKS_BUCKET, told_key(version.content_hash), _told(version))
        await self._broker.put_value(PLAYBOOKS_BUCKET, name_key(name), version.content_hash.encode())
        if self._current.get(name) != version.content_hash:
            log.info("playbook published", name=name, version=version.content_hash)
        self._current[name] = version.content_hash


def _told(version: Version) -> bytes:
    """What a call is told of its playbook when it is requested."""
    playbook = version.playbook
    told = PlaybookOfCall(
        name=playbook.name,
        content_hash=version.content_hash,
        language=playbook.language,
        voice=playbook.persona.voice,
    )
    return told.model_dump_json().encode()


def _line_of_name(text: str) -> int:
    return next((number for number, line in enumerate(text.splitlines(), 1) if line.startswith("name:")), 1)
