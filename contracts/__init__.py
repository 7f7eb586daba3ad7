"""What the services tell each other: facts, requests and the streams that carry them. Pydantic only, no I/O.

Importing the package registers every fact in `Event.kinds`.
"""

from contracts import calls, contacts, leads, meetings, telemetry, turns

__all__ = ["calls", "contacts", "leads", "meetings", "telemetry", "turns"]
