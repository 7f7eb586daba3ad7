"""Where the system listens unless MESSIAH_PORT says otherwise. Commands that only ask it load nothing else of it."""

DEFAULT_PORT = 8000
"""Everything in one process."""
PORTS = {"dialer": 8001, "conversation": 8002, "scheduler": 8003, "telemetry": 8004, "simulator": 8005}
"""A process each."""
