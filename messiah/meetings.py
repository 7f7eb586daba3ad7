"""`messiah slots` and `messiah meetings`: free times and meetings, for a person at a terminal."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from messiah.remote import open_screen, with_broker

if TYPE_CHECKING:
    from services.runtime.broker import Broker

meetings = typer.Typer(help="List meetings, book, move and cancel them.")

WHEN = "2026-11-25, 2026-11-25/afternoon, 2026-11-25T10:00, wednesday 10:00, tomorrow/morning, רביעי/בוקר, next week"


def slots(
    wish: Annotated[str | None, typer.Option(help=f"When: {WHEN}.")] = None,
    minutes: Annotated[int | None, typer.Option(min=5, max=480, help="Another length than usual.")] = None,
    representative: Annotated[str | None, typer.Option("--with", help="Only with this representative.")] = None,
    not_before: Annotated[str | None, typer.Option(help="Not before that day or moment.")] = None,
    not_on: Annotated[list[str] | None, typer.Option(help="Not then; may be given several times.")] = None,
    count: Annotated[int, typer.Option(min=1, max=50)] = 3,
) -> None:
    """Good free times for a meeting. Nothing is held."""
    from messiah import agenda

    async def show(broker: "Broker") -> None:
        only = {"meeting_minutes": minutes, "representative_id": representative, "count": count}
        found = await (await agenda.Agenda.of(broker)).slots(wish, not_before, not_on or (), **only)
        agenda.show_slots(found, open_screen())

    with_broker(show)


@meetings.callback(invoke_without_command=True)
def meetings_list(
    context: typer.Context,
    since: Annotated[str | None, typer.Option("--from", help="First day or moment; else now.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day or moment; else a month later.")] = None,
    representative: Annotated[str | None, typer.Option("--with", help="Only with this representative.")] = None,
    lead_id: Annotated[str | None, typer.Option(help="Only of this lead.")] = None,
    cancelled: Annotated[bool, typer.Option("--cancelled", help="Cancelled ones too.")] = False,
) -> None:
    """List meetings, or book, move and cancel them."""
    if context.invoked_subcommand is not None:
        return
    from messiah import agenda

    async def show(broker: "Broker") -> None:
        ours = await agenda.Agenda.of(broker)
        found = await ours.meetings(since, until, representative, lead_id, cancelled)
        agenda.show_meetings(found, open_screen())

    with_broker(show)


@meetings.command()
def book(
    slot: Annotated[str | None, typer.Option(help="A slot from `messiah slots`.")] = None,
    at: Annotated[str | None, typer.Option(help="Or a moment, such as 2026-11-25T10:00, and --with.")] = None,
    representative: Annotated[str | None, typer.Option("--with", help="Whose time, with --at.")] = None,
    name: Annotated[str | None, typer.Option(help="The lead's name.")] = None,
    company: Annotated[str | None, typer.Option()] = None,
    phone: Annotated[str | None, typer.Option(help="As people write it: 054-2345678.")] = None,
    email: Annotated[str | None, typer.Option(help="Where the invitation goes.")] = None,
    lead_id: Annotated[str | None, typer.Option(help="Else made of the phone number.")] = None,
    minutes: Annotated[int | None, typer.Option(min=5, max=480, help="Another length than usual.")] = None,
    another: Annotated[bool, typer.Option("--another", help="Though the lead has a meeting already.")] = False,
    key: Annotated[str | None, typer.Option(help="The same key again gives the same meeting.")] = None,
) -> None:
    """Book a meeting by hand."""
    from contracts.values import LeadFacts
    from messiah import agenda
    from messiah.narration import moment

    async def do(broker: "Broker") -> None:
        ours = await agenda.Agenda.of(broker)
        meeting = await ours.book(
            slot_id=ours.slot_id(slot, at, representative),
            lead=LeadFacts(name=name, company=company, email=email),
            lead_id=lead_id,
            phone=phone,
            meeting_minutes=minutes,
            another=another,
            key=key,
        )
        screen = open_screen()
        screen.say(f"booked: {moment(meeting.start)} with {meeting.representative_name}, meeting {meeting.meeting_id}")

    with_broker(do)


@meetings.command()
def move(
    meeting_id: UUID,
    to: Annotated[str | None, typer.Option(help="A moment, such as 2026-11-25T10:00, with the same person.")] = None,
    slot: Annotated[str | None, typer.Option(help="Or a slot from `messiah slots`, perhaps of another person.")] = None,
) -> None:
    """Move a meeting to another time."""
    from messiah import agenda
    from messiah.narration import moment

    async def do(broker: "Broker") -> None:
        meeting = await (await agenda.Agenda.of(broker)).move(meeting_id, slot, to)
        open_screen().say(f"moved to {moment(meeting.start)} with {meeting.representative_name}")

    with_broker(do)


@meetings.command()
def cancel(
    meeting_id: UUID,
    reason: Annotated[str | None, typer.Option(help="Why; the lead may read it.")] = None,
) -> None:
    """Cancel a meeting."""
    from messiah import agenda

    async def do(broker: "Broker") -> None:
        await (await agenda.Agenda.of(broker)).cancel(meeting_id, reason)
        open_screen().say(f"meeting {meeting_id} is cancelled")

    with_broker(do)
