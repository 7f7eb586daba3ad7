"""A mail as it goes over the wire: plain text, HTML and a calendar part, and the calendar once more as a file."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

from services.runtime.email_address import is_address
from services.scheduler.domain.invitation import Party, invitation
from services.scheduler.domain.letter import Audience, Letter
from services.scheduler.domain.mail import Mail
from services.scheduler.links import Links
from services.scheduler.wording.about import About, one_line
from services.scheduler.wording.sentences import fill, words

_POLICY = SMTP.clone(cte_type="7bit")


class Composer:
    """Turns a mail into bytes. The same mail gives the same message under the same id, however often it is tried."""

    def __init__(self, mail_from: str, links: Links) -> None:
        name, self.sender = parseaddr(mail_from)
        self._from = Party(name, self.sender)
        self._links = links

    def compose(self, mail: Mail) -> bytes:
        """The message, in ASCII throughout, with CRLF."""
        letter = mail.letter
        about = _about(letter)
        link = self._links.meeting(letter.meeting, letter.audience)
        message = self._headed(mail, about)
        context = {"about": about, "occasion": letter.occasion.value, "link": link}
        message.set_content(fill("mail.txt", letter.language, **context))
        message.add_alternative(fill("mail.html", letter.language, **context), subtype="html")
        if letter.invites and (method := letter.occasion.method) is not None:
            entry = about.entry(link if method == "REQUEST" else None)
            calendar = invitation(method, entry, self._from, _attendees(letter), mail.created_at)
            parameters = {"method": method}
            message.add_alternative(calendar.decode(), subtype="calendar", cte="base64", params=parameters)
            message.add_attachment(
                calendar, maintype="application", subtype="ics", filename="invite.ics", params={"name": "invite.ics"}
            )
        return message.as_bytes()

    def _headed(self, mail: Mail, about: About) -> EmailMessage:
        letter, meeting = mail.letter, mail.letter.meeting
        domain = self.sender.rpartition("@")[2]
        subject = words(letter.language).subject(letter.occasion.value, about.other, about.start)
        message = EmailMessage(policy=_POLICY)
        message["From"] = _address(self._from)
        message["To"] = Address(about.greets or "", addr_spec=letter.recipient)
        ours = letter.representative_email
        if letter.audience is Audience.LEAD and ours is not None and is_address(ours):
            message["Reply-To"] = Address(one_line(meeting.representative_name) or "", addr_spec=ours)
        message["Subject"] = subject
        message["Date"] = mail.created_at
        message["Message-ID"] = f"<{meeting.meeting_id}.{meeting.sequence}.{mail.mail_id.hex}@{domain}>"
        message["References"] = f"<{meeting.meeting_id}@{domain}>"  # one thread for one meeting
        message["Content-Language"] = letter.language
        message["Auto-Submitted"] = "auto-generated"
        return message


def _about(letter: Letter) -> About:
    return About(
        letter.meeting,
        letter.audience,
        letter.language,
        location=letter.location,
        meeting_url=letter.meeting_url,
        previous_start=letter.previous_start,
    )


def _attendees(letter: Letter) -> list[Party]:
    meeting = letter.meeting
    known = ((meeting.lead.name, meeting.lead.email), (meeting.representative_name, letter.representative_email))
    return [Party(one_line(name) or "", email.strip()) for name, email in known if email and is_address(email.strip())]


def _address(party: Party) -> Address:
    return Address(party.name, addr_spec=party.address)
