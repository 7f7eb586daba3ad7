"""A clock that a test moves for several processes at once: hours and holidays pass in moments."""

import mmap
import struct
from datetime import timedelta
from pathlib import Path

from services.runtime.clock import Clock, Pin

_SECONDS = struct.Struct("d")


class MovedClock(Clock):
    """Runs at the pace of real time, ahead of it by what the file says."""

    file: Path

    def __init__(self) -> None:
        with self.file.open("r+b") as opened:
            object.__setattr__(self, "_map", mmap.mmap(opened.fileno(), _SECONDS.size))

    @classmethod
    def keep_in(cls, file: Path, offset: timedelta | None = None) -> None:
        """Where the offset is kept; given one, it is set."""
        cls.file = file
        if offset is not None:
            file.write_bytes(_SECONDS.pack(offset.total_seconds()))

    @classmethod
    def pinned(cls, pin: Pin | None) -> "MovedClock":
        return cls()

    @property
    def offset(self) -> timedelta:  # type: ignore[override]
        return timedelta(seconds=_SECONDS.unpack_from(self._map)[0])  # type: ignore[attr-defined]

    @property
    def is_pinned(self) -> bool:
        return True

    def move(self, further: timedelta) -> None:
        """Let time jump forward, in every process that looks at this file."""
        _SECONDS.pack_into(self._map, 0, (self.offset + further).total_seconds())  # type: ignore[attr-defined]
