"""English: what a caller means, and how the agent says days, hours and numbers. Pure: no I/O, no clock."""
