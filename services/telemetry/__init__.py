"""Telemetry: what happened on every call, and how well it went."""
