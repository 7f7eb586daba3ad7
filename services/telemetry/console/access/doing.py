"""The one way in which anything is changed from the console: by somebody who may, and written down."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.runtime.errors import Failure, Refused
from services.runtime.logs import logger
from services.telemetry.console.access.audit import AuditLog
from services.telemetry.console.access.logins import Logins, Visitor
from services.telemetry.console.access.roles import NEEDED, Action

T = TypeVar("T")

log = logger(__name__)


class NotAllowed(Refused):
    """The visitor's role is too small."""


class Doing:
    """Checks, does, and writes down what visitors do."""

    def __init__(self, logins: Logins, audit: AuditLog) -> None:
        self._logins = logins
        self._audit = audit

    async def do(
        self, visitor: Visitor, action: Action, about: str, step: Callable[[], Awaitable[T]], detail: str | None = None
    ) -> T:
        """Do `step` in the visitor's name, if they are still logged in and have the role as of now.

        Raises Unauthorized, NotAllowed, and what `step` raises.
        """
        now = await self._logins.again(visitor)
        needed = NEEDED[action]
        if not now.role.includes(needed):
            why = f"{action} needs the role {needed}, and {now.name} is {now.role}; ask an admin"
            await self._audit.write(now.name, action, about, detail, failure=why)
            raise NotAllowed(why)
        try:
            done = await step()
        except Failure as failure:
            await self._audit.write(now.name, action, about, detail, failure=failure.detail)
            raise
        except Exception as error:
            await self._audit.write(now.name, action, about, detail, failure=repr(error))
            raise
        await self._audit.write(now.name, action, about, detail)
        log.info("done in the console", user=now.name, action=str(action), about=about)
        return done
