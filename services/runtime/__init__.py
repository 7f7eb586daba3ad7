"""What every service stands on: broker, database, clock, logs. It holds no business word."""
