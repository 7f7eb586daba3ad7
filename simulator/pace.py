"""How fast life goes here: pauses of people and of the network, scaled; demos and tests need not wait."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """`speed` times faster than life."""

    speed: float = 1.0

    def seconds(self, lifelike: float) -> float:
        """Real seconds that so many lifelike seconds take."""
        return lifelike / self.speed

    async def pause(self, lifelike: float) -> None:
        """Let so many lifelike seconds pass."""
        await asyncio.sleep(lifelike / self.speed)
