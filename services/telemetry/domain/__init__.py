"""What telemetry knows, without any I/O: the fold of a call's facts into one record."""
