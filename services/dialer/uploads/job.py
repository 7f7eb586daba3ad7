"""What the process that reads a file must know."""

from dataclasses import dataclass
from pathlib import Path

from services.dialer.settings import DialerSettings
from services.dialer.uploads.upload import Upload
from services.runtime.clock import Clock


@dataclass(frozen=True)
class Job:
    """One file, and the dialer it is for."""

    upload: Upload
    path: Path
    settings: DialerSettings
    clock: Clock
    service: str
    carrier: str
    simulated: bool
