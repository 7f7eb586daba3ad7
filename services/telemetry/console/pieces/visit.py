"""One page shown to one person: what they may see and do, in their language."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from fastapi import Request
from nicegui import ui

from services.runtime.errors import Failure, Unauthorized
from services.telemetry.console.access.doing import NotAllowed
from services.telemetry.console.access.logins import Visitor
from services.telemetry.console.access.roles import NEEDED, Action
from services.telemetry.console.desk import Desk
from services.telemetry.console.language import Words

T = TypeVar("T")


@dataclass(frozen=True)
class Visit:
    """What a page is built from."""

    desk: Desk
    visitor: Visitor
    words: Words
    request: Request

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
            self.warn(self.words("failed.refused", why=failure.detail))
            return None
        ui.notify(said or self.words("done"), type="positive", position="top", close_button=self.words("close"))
        return done

    async def read(self, step: Awaitable[T]) -> T | None:
        """What was asked for; None if that failed, which is then shown in its place on the page."""
        try:
            return await step
        except Failure as failure:
            with ui.element("p").classes("problem").props('role="alert"'):
                ui.label(self.words("failed.read", why=failure.detail))
            return None

    def warn(self, text: str) -> None:
        """Tell them that something did not work."""
        ui.notify(
            text, type="negative", position="top", close_button=self.words("close"), multi_line=True, timeout=9000
        )
