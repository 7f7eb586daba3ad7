"""`python -m simulator`: the simulator as a process of its own."""

import uvicorn

from simulator.app import create_app
from simulator.settings import SimulatorSettings


def main() -> None:
    """Serve until the process is told to stop."""
    settings = SimulatorSettings()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        ws="none",
        access_log=False,
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
