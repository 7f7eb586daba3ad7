"""Puts the console together, and lets in the first user."""

from datetime import timedelta
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from fastapi import FastAPI
from pydantic import SecretStr

from services.runtime.service import Service
from services.runtime.unit_of_work import Units
from services.telemetry.console import downloads, entrance, recordings
from services.telemetry.console.access.accounts import FIRST, Accounts
from services.telemetry.console.access.audit import AuditLog
from services.telemetry.console.access.doing import Doing
from services.telemetry.console.access.logins import Logins
from services.telemetry.console.carrier_account import CARRIER, CarrierAccount
from services.telemetry.console.desk import PATH, Desk
from services.telemetry.console.lists import Dialer
from services.telemetry.console.neighbours import Neighbours
from services.telemetry.console.own_pass import OwnPass
from services.telemetry.console.plant import Plant
from services.telemetry.handlers import Operator
from services.telemetry.live import Live
from services.telemetry.ports import Archive
from services.telemetry.settings import TelemetrySettings

FILES: Final = f"{PATH}/_nicegui/client/"
"""Where the pages send files."""
_AROUND: Final = 1024 * 1024
_HIDDEN: Final = "••••••"


def wire(
    service: Service, units: Units, settings: TelemetrySettings, archive: Archive, live: Live, operator: Operator
) -> None:
    """Serve the console with the service."""
    accounts, audit = Accounts(units), AuditLog(units)
    logins = Logins(units, settings.console_secret, timedelta(minutes=settings.console_idle_minutes))
    own_pass = OwnPass(service.broker, service.tokens, settings.messiah_api_token)
    desk = Desk(
        clock=service.clock,
        broker=service.broker,
        archive=archive,
        live=live,
        operator=operator,
        neighbours=Neighbours(service.broker, service.clock),
        dialer=Dialer(settings.dialer_url, own_pass),
        plant=Plant(service.broker),
        accounts=accounts,
        logins=logins,
        audit=audit,
        doing=Doing(logins, audit),
        unwell=service.unwell,
        settings=shown(settings),
        upload_max_mb=settings.upload_max_mb,
        account=CarrierAccount(
            settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_api_url or CARRIER
        ),
    )

    async def let_in_the_first() -> None:
        given = settings.console_password
        made = await accounts.first(given.get_secret_value() if given else None)
        if made is not None:
            service.notices.append(
                f"The console is at {PATH}. Its first user is {FIRST!r}, with the password {made}\n"
                f"It is shown only now; change it in the console, or with `messiah user password {FIRST}`."
            )

    service.routers += [entrance.router(desk), downloads.router(desk), recordings.router(desk)]
    service.mounts.append(partial(_mount, desk))
    service.body_limits[FILES] = settings.upload_max_mb * _AROUND + _AROUND
    service.on_start += [logins.start, let_in_the_first]
    service.on_stop.append(own_pass.give_back)


def _mount(desk: Desk, app: FastAPI) -> None:
    from services.telemetry.console.mount import mount  # takes a second, which only who serves HTTP has to spend

    mount(app, desk)


def shown(settings: TelemetrySettings) -> dict[str, str]:
    """Settings as anybody may see them: of a secret, only whether it is set."""
    return {name.upper(): _shown(getattr(settings, name)) for name in sorted(type(settings).model_fields)}


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return _HIDDEN
    text = str(value)
    parts = urlsplit(text) if "://" in text else None
    if parts is not None and parts.username is not None:
        return parts._replace(netloc=f"{_HIDDEN}@{parts.netloc.rpartition('@')[2]}").geturl()
    return text
