"""When people are free, which slots are good, and what a meeting is. Pure: no I/O, no clock of its own."""
