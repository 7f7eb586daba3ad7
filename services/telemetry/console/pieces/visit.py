"""One page shown to one person: what they may see and do, in their language."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from fastapi import Request
from nicegui import ui

from services.runtime.errors import Failure, Unauthorized
from services.runtime.logs import logger
from services.telemetry.console.access.doing import NotAllowed
from services.telemetry.console.access.logins import Visitor
from services.telemetry.console.access.roles import NEEDED, Action
from services.telemetry.console.desk import Desk
from services.telemetry.console.language import Words, apart
from services.telemetry.console.pieces.marks import alert

T = TypeVar("T")

log = logger(__name__)


@dataclass(frozen=True)
class Visit:
    """What a page is built from."""

    desk: Desk
    visitor: Visitor
    words: Words
    request: Request
    bugs: dict[str, str] = field(default_factory=dict)
    """Those that were met here, and the number under which the log has each."""

    def may(self, action: Action) -> bool:
        """Whether to show what does this. Whether they really may is asked again when they do."""
        return self.visitor.role.includes(NEEDED[action])

    async def do(
        self,
        action: Action,
        about: str,
        step: Callable[[], Awaitable[T]],
        *,
        said: str | None = None,
        detail: str | None = None,
    ) -> T | None:
        """Do something in the visitor's name and tell them what came of it. None if it was not done."""
        try:
            done = await self.desk.doing.do(self.visitor, action, about, step, detail)
        except Unauthorized:
            ui.navigate.to("/login")
            return None
        except NotAllowed:
            self.warn(self.words("failed.not_allowed", role=self.words.of("role", NEEDED[action])))
            return None
        except Failure as failure:
            self.warn(self.words("failed.refused", why=self.words.why(failure.detail)))
            return None
        except Exception as error:
            self.went_wrong(error)
            return None
        ui.notify(said or self.words("done"), type="positive", position="top", close_button=self.words("close"))
        return done

    async def read(self, step: Awaitable[T]) -> T | None:
        """What was asked for; None if that failed, which is then shown in its place on the page."""
        try:
            return await step
        except Failure as failure:
            alert(self.words("failed.read", why=self.words.why(failure.detail)))
            return None

    def went_wrong(self, error: Exception) -> None:
        """Tell them of a bug, wherever on the page it was met."""
        self.warn(self.sorry(error))

    def sorry(self, error: Exception) -> str:
        """What to say of a bug: that it is ours, how to go on, and by which number the log knows it. One that a page
        meets again and again is logged once."""
        bug = repr(error)
        if bug not in self.bugs:
            self.bugs[bug] = secrets.token_hex(3)
            path = self.request.url.path
            log.error("the console met a bug", number=self.bugs[bug], page=path, user=self.visitor.name, exc_info=error)
        return self.words("failed.bug", number=apart(self.bugs[bug]))

    def warn(self, text: str) -> None:
        """Tell them that something did not work."""
        ui.notify(
            text, type="negative", position="top", close_button=self.words("close"), multi_line=True, timeout=9000
        )
