"""A process that reads one file beside the calls and takes nothing of their time. It is started by `worker`, which
tells it on standard input which file, and ends it."""

import asyncio
import os
import pickle
import signal
import sys

from services.dialer import rulebook
from services.dialer.enrolment import Enrolment
from services.dialer.store import SqlLedger
from services.dialer.tables import Inbox, Outbox
from services.dialer.uploads.entering import LeadList
from services.dialer.uploads.importing import Importer, Listing
from services.dialer.uploads.job import Job
from services.dialer.uploads.ledger import Uploads
from services.dialer.uploads.numbers import DoNotCallList, RegistryList
from services.dialer.uploads.upload import Kind
from services.runtime import logs
from services.runtime.broker import Broker
from services.runtime.database import Database
from services.runtime.unit_of_work import Units


async def work(job: Job) -> None:
    """Read the file. What it tells goes into the outbox, which the dialer publishes from."""
    settings, clock = job.settings, job.clock
    database = Database(settings.store_url(job.service), job.service)
    units = Units(database, Broker(settings.broker_url, job.service), Inbox, Outbox)
    admission = rulebook.admission(settings, units, clock, job.carrier, simulated=job.simulated)
    enrolment = Enrolment(admission, clock)
    listings: dict[Kind, Listing] = {
        Kind.LEADS: LeadList(job.upload, enrolment, clock),
        Kind.DO_NOT_CALL: DoNotCallList(clock),
        Kind.REGISTRY: RegistryList(job.upload, enrolment, clock),
    }
    parent = os.getppid()
    importer = Importer(
        SqlLedger(units), Uploads(units), clock, listings[job.upload.kind], lambda: os.getppid() == parent
    )
    try:
        await importer.run(job.upload, job.path)
    finally:
        await database.close()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the dialer, which then ends this process
    job: Job = pickle.load(sys.stdin.buffer)  # noqa: S301  from the process that started this one, over its own pipe
    logs.configure(job.settings.log_level, job.settings.log_format)
    os.nice(5)
    asyncio.run(work(job))


if __name__ == "__main__":
    main()
