"""Checks of `messiah doctor` on how people are written to about their meetings."""

from messiah.findings import Finding, absent, broken, good
from services.runtime.errors import Failure
from services.runtime.mail import SmtpPostman
from services.scheduler.settings import SchedulerSettings

PACKAGED = SchedulerSettings.model_fields["representatives_file"].default


async def mail(settings: SchedulerSettings) -> Finding:
    """The mail server lets us in. Nothing is sent."""
    if settings.smtp_host is None:
        return absent("mail", "none; nobody is invited or reminded", "set SMTP_HOST and MAIL_FROM")
    try:
        await SmtpPostman(settings).check()
    except Failure as error:
        return broken("mail", error.detail, "correct the SMTP_ variables")
    if settings.representatives_file == PACKAGED:
        return absent(
            "mail",
            f"{settings.smtp_host} answers; the representatives of the packaged file are invented",
            "set REPRESENTATIVES_FILE, or PUT /representatives/{id} with real addresses",
        )
    if settings.links_url is None:
        return absent(
            "mail",
            f"{settings.smtp_host} answers; mails carry no links to move or cancel a meeting",
            "set LINKS_URL to where people reach the scheduler's /m/ from outside",
        )
    return good("mail", f"{settings.smtp_host} answers")
