"""A process that reads one file beside the calls and takes nothing of their time. It is started by `worker`, which
tells it on standard input which file, and ends it."""

import asyncio
import gc
import os
import pickle
import signal
import sys

from services.dialer.tables import Inbox, Outbox
from services.dialer.uploads.job import Job, perform
from services.runtime import logs
from services.runtime.broker import Broker
from services.runtime.database import Database
from services.runtime.unit_of_work import Units

BATCH = 400
NICENESS = 5
GARBAGE_EVERY = 100_000
"""Objects made before the collector looks for rings: rows make none, and looking costs a fifth of the time."""


async def work(job: Job) -> None:
    """Read the file. What it tells goes into the outbox, from which the dialer publishes it."""
    database = Database(job.settings.store_url(job.service), job.service)
    units = Units(database, Broker(job.settings.broker_url, job.service), Inbox, Outbox)
    parent = os.getppid()
    try:
        await perform(job, units, BATCH, lambda: os.getppid() == parent)
    finally:
        await database.close()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the dialer, which then ends this process
    job: Job = pickle.load(sys.stdin.buffer)  # noqa: S301  from the process that started this one, over its own pipe
    logs.configure(job.settings.log_level, job.settings.log_format)
    os.nice(NICENESS)
    gc.freeze()
    gc.set_threshold(GARBAGE_EVERY, 50, 50)
    asyncio.run(work(job))


if __name__ == "__main__":
    main()
