"""Whom the dialer may call, when, and how one call is dialed once: pure rules, no I/O."""
