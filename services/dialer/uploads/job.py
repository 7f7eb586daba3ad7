"""What whoever reads a file must know, and the reading of it: in this process, or in one of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.dialer import rulebook
from services.dialer.enrolment import Enrolment
from services.dialer.settings import DialerSettings
from services.dialer.store import SqlLedger
from services.dialer.tables import SecretRow
from services.dialer.uploads.entering import LeadList
from services.dialer.uploads.importing import Importer, Listing
from services.dialer.uploads.ledger import Uploads
from services.dialer.uploads.numbers import DoNotCallList, RegistryList
from services.dialer.uploads.upload import Kind, Upload
from services.runtime.clock import Clock
from services.runtime.pseudonyms import Pseudonyms
from services.runtime.unit_of_work import Units


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


async def perform(job: Job, units: Units, batch: int, wanted: Callable[[], bool]) -> None:
    """Read the file, `batch` rows at a time, as long as that is `wanted`. What is told goes into the outbox."""
    admission = rulebook.admission(job.settings, units, job.clock, job.carrier, simulated=job.simulated)
    enrolment = Enrolment(admission, job.clock)
    listings: dict[Kind, Callable[[], Listing]] = {
        Kind.LEADS: lambda: LeadList(job.upload.upload_id, job.upload.campaign_id, enrolment, job.clock),
        Kind.DO_NOT_CALL: lambda: DoNotCallList(job.clock),
        Kind.REGISTRY: lambda: RegistryList(job.upload, enrolment, job.clock),
    }
    listing = listings[job.upload.kind]()
    pseudonyms = Pseudonyms(SecretRow, job.settings.privacy_secret)
    await Importer(SqlLedger(units, pseudonyms), Uploads(units), job.clock, listing, batch, wanted).run(
        job.upload, job.path
    )
