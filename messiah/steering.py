"""Campaigns, asked of the dialer as anybody with a NATS client could, and shown in a terminal."""

import getpass
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from rich.table import Table

from contracts.control import CampaignStatus, Control, Controlled, parse_controlled
from contracts.requests import Refused
from messiah.narration import moment
from messiah.terminal import Screen
from services.runtime.broker import Broker
from services.runtime.errors import Failure, InvalidMessage, NotFound

TIMEOUT_S = 60.0
"""A campaign may claim a hundred thousand leads before it answers."""
MOST_OPERATOR = 200


async def ask(broker: Broker, action: str, **more: Any) -> Controlled:
    """Have it done. Raises InvalidMessage for what cannot be asked, Failure with the cure for what is refused."""
    given = {name: value for name, value in more.items() if value is not None}
    try:
        request = Control.model_validate({"action": action, "operator": operator(), **given})
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidMessage(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    reply = parse_controlled(await broker.ask(Control.subject, request.model_dump_json().encode(), TIMEOUT_S))
    if isinstance(reply, Refused):
        raise Failure(reply.detail)
    return reply


async def find(broker: Broker, which: str) -> UUID:
    """The id of a campaign by its id or its name. Raises NotFound, InvalidMessage if several have the name."""
    try:
        return UUID(which)
    except ValueError:
        known = (await ask(broker, "list")).campaigns
    named = [each.campaign_id for each in known if each.plan.name == which]
    if len(named) > 1:
        raise InvalidMessage(f"several campaigns are called {which}; give an id: {', '.join(map(str, named))}")
    if not named:
        raise NotFound(f"no campaign is called {which!r}; `messiah campaign list` names them")
    return named[0]


def operator() -> str | None:
    """Who asks, for the audit log: the name at this machine, if it has one."""
    try:
        return getpass.getuser()[:MOST_OPERATOR] or None
    except (KeyError, OSError):
        return None


def show(controlled: Controlled, screen: Screen) -> None:
    """Campaigns as they stand, or the cap, and what there is to say about it."""
    for campaign in controlled.campaigns:
        _show_one(campaign, screen)
    if not controlled.campaigns and controlled.cap is not None:
        screen.say(f"at most {controlled.cap} calls at once")
    if controlled.detail:
        screen.say(controlled.detail)


def show_all(campaigns: Iterable[CampaignStatus], screen: Screen) -> None:
    """One line each: as columns in a terminal, separated by tabs in a pipe."""
    rows = [
        (
            str(each.campaign_id),
            screen.mixed(each.plan.name),
            each.state,
            str(sum(each.leads.values())),
            str(each.leads.get("waiting", 0)),
            str(each.live_calls),
        )
        for each in campaigns
    ]
    if not screen.console.is_terminal:
        for row in rows:
            screen.row(*row)
        return
    if not rows:
        screen.say("no campaigns; `messiah campaign create NAME` makes one")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("campaign", no_wrap=True)
    for name in ("name", "state", "leads", "waiting", "calls"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    screen.console.print(table)


def _show_one(campaign: CampaignStatus, screen: Screen) -> None:
    rows = [("Id", str(campaign.campaign_id)), ("State", campaign.state)]
    if campaign.reason:
        rows.append(("Reason", campaign.reason))
    if campaign.started_at:
        rows.append(("Started", moment(campaign.started_at)))
    if campaign.finished_at:
        rows.append(("Ended", moment(campaign.finished_at)))
    rows += [
        ("Leads", _counts(campaign.leads) or "none yet"),
        ("Calls now", str(campaign.live_calls)),
    ]
    if campaign.outcomes:
        rows.append(("Outcomes", _counts(campaign.outcomes)))
    rows += [
        ("Not called" if not number else "", f"{count}: {reason}")
        for number, (reason, count) in enumerate(campaign.waiting_reasons.items())
    ]
    screen.panel(screen.mixed(campaign.plan.name), rows)


def _counts(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counted.items())
