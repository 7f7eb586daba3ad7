"""A scheduler that is killed with -9 at a certain step of publishing what it has committed: run as a process.

    python doomed.py SETTINGS STEP

STEP names the method of the outbox's relay in which it dies: `_publish` leaves a commit that nobody was told of,
`_remove` one that was told and does not know it.
"""

import asyncio
import os
import signal
import sys

from services.runtime import logs
from services.runtime.outbox import Relay
from services.scheduler.app import build
from services.scheduler.settings import SchedulerSettings


async def main(settings: str, step: str) -> None:
    logs.configure("error")  # to standard error: standard output says when it is ready
    honest = getattr(Relay, step)

    async def die(self, *arguments):
        rows = arguments[-1]
        if rows:
            os.kill(os.getpid(), signal.SIGKILL)
        return await honest(self, *arguments)

    setattr(Relay, step, die)
    service = await build(SchedulerSettings.model_validate_json(settings))
    await service.start()
    print("ready", flush=True)  # noqa: T201  what the test waits for
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
