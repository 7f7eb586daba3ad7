"""The whole system in one process: broker, simulator, four services and one HTTP port.

They start from the ground up and stop from the top down: first the service that dials, last the broker that
everybody talks through. The HTTP port is open before the first call, and until the last one has been handed over.
"""

import asyncio
import fcntl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from contracts.streams import DIALER_CALLS
from messiah.nats_server import FREE_PORT, NatsServer
from messiah.ports import DEFAULT_PORT, PORTS
from messiah.serving import listen, serving, url_of
from messiah.web import build_app
from services.dialer.settings import DialerSettings
from services.runtime.broker import Broker
from services.runtime.carrier import is_simulated
from services.runtime.clock import Pin
from services.runtime.errors import Refused, Unavailable
from services.runtime.logs import logger
from services.runtime.provisioner import provision
from services.runtime.service import Service
from services.runtime.settings import RuntimeSettings
from services.runtime.spans import exporting
from simulator.settings import SimulatorSettings

log = logger(__name__)

SERVICES = ("dialer", "conversation", "scheduler", "telemetry")
"""In the order in which they stop. They start in the opposite one, so that nobody dials before all can hear."""

BROKER_CHECK_S = 0.5


@dataclass(frozen=True)
class System:
    """A system that runs: where to reach it."""

    nats_url: str
    http_url: str
    simulator_url: str | None
    """None: a real carrier, or somebody else's simulator."""
    clock: Pin | None
    services: Mapping[str, Service]

    @classmethod
    @asynccontextmanager
    async def start(cls, *, simulator: Mapping[str, Any] | None = None, **given: Any) -> AsyncIterator["System"]:
        """Run everything while the block runs.

        `given` are settings of any service, by the names of the environment in lower case, and win over it;
        `simulator` are settings of the simulator. Raises Unavailable with the cure if a part cannot start.
        """
        settings = RuntimeSettings(**given)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(tracing(settings))
            if settings.nats_url is None or settings.database_url is None:
                _lock(settings.messiah_var, stack)
            port = DEFAULT_PORT if settings.messiah_port is None else settings.messiah_port
            listener = listen(settings.messiah_host, port)
            stack.callback(listener.close)
            given["nats_url"] = settings.nats_url or _start_broker(settings, stack)

            dialer = dialer_settings(url_of(listener), **given)
            given["public_url"] = dialer.public_url
            given.setdefault("dialer_url", url_of(listener))
            simulator_url = None
            if dialer.uses_simulator and "simulator_url" not in dialer.model_fields_set:
                simulator_url = await _start_simulator(dialer, simulator or {}, stack)
                given["simulator_url"] = simulator_url
            pin = await provision_with(dialer)

            built: dict[str, Service] = {}
            for name in SERVICES:
                built[name] = await build(name, **given)
                stack.callback(show_notices, built[name])  # also if another one does not start
                stack.push_async_callback(built[name].broker.close)
            await stack.enter_async_context(serving(build_app(list(built.values()), settings), listener))
            for name in reversed(SERVICES):
                stack.push_async_callback(built[name].stop)
                await built[name].start()
            yield cls(given["nats_url"], url_of(listener), simulator_url, pin, built)


@asynccontextmanager
async def alone(name: str, **given: Any) -> AsyncIterator[str]:
    """Run one service, or the simulator, in a process of its own. The block gets its URL."""
    settings = RuntimeSettings(**given)
    listener = listen(settings.messiah_host, PORTS[name] if settings.messiah_port is None else settings.messiah_port)
    url = url_of(listener)
    if name == "simulator":
        from simulator.app import create_app

        async with serving(create_app(simulator_settings(dialer_settings(url, **given))), listener):
            yield url
        return
    if name == "dialer":
        given["public_url"] = dialer_settings(url, **given).public_url
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(tracing(settings))
        stack.callback(listener.close)
        service = await build(name, **given)
        stack.callback(show_notices, service)
        stack.push_async_callback(service.broker.close)
        await stack.enter_async_context(serving(build_app([service], settings), listener))
        stack.push_async_callback(service.stop)
        await service.start()
        show_notices(service)
        yield url


def show_notices(*services: Service) -> None:
    """Show, once, what whoever starts these services is to see."""
    for service in services:
        for notice in service.notices:
            sys.stderr.write(f"\n{notice}\n\n")
        service.notices.clear()
    sys.stderr.flush()


def tracing(settings: RuntimeSettings) -> AbstractAsyncContextManager[None]:
    """Export traces where the settings say so."""
    headers = settings.otel_exporter_otlp_headers
    return exporting(settings.otel_exporter_otlp_endpoint, headers.get_secret_value() if headers else None)


async def build(name: str, **given: Any) -> Service:
    """Put one service together from its settings. Raises Unavailable if the broker does not answer."""
    make: Callable[[RuntimeSettings], Awaitable[Service]] = import_module(f"services.{name}.app").build
    return await make(settings_of(name, **given))


def settings_of(name: str, **given: Any) -> RuntimeSettings:
    """The settings of one service: `given`, else the environment, else the defaults."""
    kind: type[RuntimeSettings] = getattr(import_module(f"services.{name}.settings"), f"{name.capitalize()}Settings")
    return kind(**given)


def dialer_settings(http_url: str, **given: Any) -> DialerSettings:
    """The dialer's settings; without PUBLIC_URL the carrier finds us at `http_url`."""
    settings = DialerSettings(**given)
    return settings if settings.public_url else DialerSettings(**given | {"public_url": http_url})


async def provision_with(dialer: DialerSettings) -> Pin | None:
    """Declare what the system stands on.

    Raises Unavailable if no broker answers within half a minute, Refused for a pinned clock with a real carrier.
    """
    if dialer.messiah_clock is not None and not await asyncio.to_thread(is_simulated, dialer):
        raise Refused(
            f"MESSIAH_CLOCK pins the clock, but {dialer.api_url} carries real calls, which obey real hours: unset "
            "MESSIAH_CLOCK, or unset TWILIO_ACCOUNT_SID to use the simulator"
        )
    broker = Broker(dialer.broker_url, "provisioner")
    await broker.connect()
    try:
        return await provision(broker, pin=dialer.messiah_clock, caps={DIALER_CALLS.name: dialer.max_concurrent_calls})
    finally:
        await broker.close()


def simulator_settings(dialer: DialerSettings, **given: Any) -> SimulatorSettings:
    """A simulator's settings that has the account which the dialer uses."""
    return SimulatorSettings(**{"account_sid": dialer.account_sid, "auth_token": dialer.auth_token} | given)


async def _start_simulator(dialer: DialerSettings, given: Mapping[str, Any], stack: AsyncExitStack) -> str:
    from simulator.app import running

    started = await stack.enter_async_context(
        running(simulator_settings(dialer, **{"host": "127.0.0.1", "port": 0} | dict(given)))
    )
    return started.url


def _start_broker(settings: RuntimeSettings, stack: AsyncExitStack) -> str:
    """The embedded broker, started again should it die. The main thread starts it, and it dies with that."""
    server = NatsServer(settings.messiah_var / "nats", settings.messiah_nats_port or FREE_PORT)
    server.start()
    stack.callback(server.stop)
    watch = asyncio.create_task(_keep_running(server), name="embedded broker")
    stack.callback(watch.cancel)
    return server.url


async def _keep_running(server: NatsServer) -> None:
    while True:
        await asyncio.sleep(BROKER_CHECK_S)
        if not server.running:
            log.error("the embedded broker died; starting it again", url=server.url)
            try:
                server.start()
            except Unavailable as error:
                log.error("the embedded broker does not start", error=error.detail)


def _lock(var: Path, stack: AsyncExitStack) -> None:
    """Keep a second copy out of the same folder. Raises Unavailable with the cure."""
    var.mkdir(parents=True, exist_ok=True)
    lock = stack.enter_context((var / "lock").open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise Unavailable(
            f"another copy is running in {var}: stop it, or set MESSIAH_VAR, MESSIAH_PORT and MESSIAH_NATS_PORT to "
            "others to run side by side"
        ) from error
