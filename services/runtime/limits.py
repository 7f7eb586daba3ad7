"""How often one client may ask: a token bucket for each of them and each kind of request, kept as one number.

The number is the moment at which the bucket would be full again (the generic cell rate algorithm). Buckets are of
this process alone: with several replicas each of them grants the whole allowance.
"""

import ipaddress
from collections.abc import Callable, Hashable
from time import monotonic

MINUTE_S = 60.0
MOST_KEYS = 20_000
"""So many clients are told apart at once; those beyond share one bucket."""


class Limit:
    """Grants each key `per_minute` requests at once, refilled evenly over a minute. 0: any number."""

    def __init__(self, per_minute: int, now: Callable[[], float] = monotonic) -> None:
        self.per_minute = per_minute
        self._now = now
        self._full_at: dict[Hashable, float] = {}

    def take(self, key: Hashable) -> float:
        """Take one request from the key's bucket: 0, or, if it is empty, seconds until there is one again."""
        wait = self.wait(key)
        if wait == 0 and self.per_minute:
            now = self._now()
            key = self._known(key, now)
            self._full_at[key] = max(self._full_at.get(key, now), now) + MINUTE_S / self.per_minute
        return wait

    def wait(self, key: Hashable) -> float:
        """Seconds until the key's bucket has a request to give. 0: it has one."""
        if not self.per_minute:
            return 0.0
        now = self._now()
        full_at = self._full_at.get(self._known(key, now), now)
        return max(0.0, full_at - now - (MINUTE_S - MINUTE_S / self.per_minute))

    def _known(self, key: Hashable, now: float) -> Hashable:
        if key in self._full_at or len(self._full_at) < MOST_KEYS:
            return key
        self._full_at = {each: full_at for each, full_at in self._full_at.items() if full_at > now}
        return key if len(self._full_at) < MOST_KEYS else None


def neighbourhood(address: str) -> str:
    """An address as limits know it: IPv6 by its network, since one machine has as many addresses as it likes."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip.version == 4:
        return address
    return str(ip.ipv4_mapped or ipaddress.ip_network((int(ip), 64), strict=False))
