"""Hebrew as it is spoken on the phone: what callers mean, and how the agent says things."""
