"""Has files read, one at a time: a long one in a process of its own, so that calls do not feel it. A file that was left
in the middle is gone on with."""

import asyncio
import contextlib
import os
import pickle
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from contracts.reasons import said
from services.dialer.settings import DialerSettings
from services.dialer.uploads.job import Job, perform
from services.dialer.uploads.ledger import Uploads
from services.dialer.uploads.upload import State, Upload
from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.runtime.logs import logger
from services.runtime.unit_of_work import Units

log = logger(__name__)

SMALL = 1 << 16
"""Bytes: a few hundred rows, which are read here in less time than a process takes to start."""
SMALL_BATCH = 10
"""Rows between which a call may have its turn."""
LOOK_EVERY_S = 5.0
TIDY_EVERY_S = 600.0
END_S = 5.0


class UploadWorker:
    """One replica's share of the files: those that were handed in to it."""

    def __init__(
        self,
        uploads: Uploads,
        units: Units,
        settings: DialerSettings,
        clock: Clock,
        service: str,
        carrier: str,
        simulated: bool,
        wake_planner: Callable[[], None],
    ) -> None:
        self._uploads = uploads
        self._units = units
        self._settings = settings
        self._clock = clock
        self._service = service
        self._carrier = carrier
        self._simulated = simulated
        self._wake_planner = wake_planner
        self._arrived = asyncio.Event()
        self._over: dict[UUID, asyncio.Event] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False
        self._idle = asyncio.Event()
        self._idle.set()
        self.folder = settings.messiah_var / "uploads"

    def path(self, upload_id: UUID) -> Path:
        return self.folder / f"{upload_id}.csv"

    async def add(self, upload: Upload) -> None:
        """Read this file, which lies at its path, as soon as its turn comes."""
        self._over[upload.upload_id] = asyncio.Event()
        await self._uploads.add(upload)
        self._arrived.set()

    async def finished(self, upload_id: UUID) -> None:
        """Wait until a file that was handed in here has been read, or this process stops."""
        if over := self._over.get(upload_id):
            await over.wait()

    async def run(self) -> None:
        """Have files read until cancelled."""
        tidied: float | None = None
        while True:
            self._arrived.clear()
            try:
                if tidied is None or self._clock.monotonic() - tidied > TIDY_EVERY_S:
                    await self._uploads.tidy(self._clock.real())
                    tidied = self._clock.monotonic()
                while upload := await self._next():
                    await self._read(upload)
            except Unavailable as error:
                log.warning("uploads wait", error=error.detail)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), LOOK_EVERY_S)

    async def stop(self) -> None:
        """End the process that reads; another one goes on where it was."""
        self._stopping = True
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), END_S)
        for over in self._over.values():
            over.set()

    async def _next(self) -> Upload | None:
        here = [UUID(path.stem) for path in self.folder.glob("*.csv")] if self.folder.exists() else []
        return None if self._stopping or not here else await self._uploads.take(here, self._clock.real())

    async def _read(self, upload: Upload) -> None:
        self._idle.clear()
        try:
            try:
                await self._perform(upload)
            except Unavailable:
                raise
            except Exception as error:
                log.error("a list could not be read", upload_id=str(upload.upload_id), exc_info=error)
            found = await self._uploads.get(upload.upload_id)
            if found is not None and not found.over:
                if self._stopping:
                    await self._uploads.release(upload.upload_id)
                    return
                stopped = said("file_reading_stopped")
                failed = replace(found, state=State.FAILED, problem=stopped, finished_at=self._clock.real())
                await self._uploads.finish(failed)
            self.path(upload.upload_id).unlink(missing_ok=True)
            self._wake_planner()
        finally:
            self._idle.set()
            if over := self._over.pop(upload.upload_id, None):
                over.set()

    async def _perform(self, upload: Upload) -> None:
        job = Job(
            upload,
            self.path(upload.upload_id),
            self._settings,
            self._clock,
            self._service,
            self._carrier,
            self._simulated,
        )
        if upload.size <= SMALL:
            await perform(job, self._units, SMALL_BATCH, lambda: not self._stopping)
        else:
            await self._in_a_process(job)

    async def _in_a_process(self, job: Job) -> None:
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.dialer.uploads",
            stdin=asyncio.subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        try:
            await process.communicate(pickle.dumps(job))
        except asyncio.CancelledError:
            if process.returncode is None:
                process.kill()
            raise
        finally:
            self._process = None
        if process.returncode and not self._stopping:
            log.error(
                "the process that read a list ended", upload_id=str(job.upload.upload_id), code=process.returncode
            )
