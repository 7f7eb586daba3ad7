"""What is said on a call, as pure state: no I/O, no clock."""
