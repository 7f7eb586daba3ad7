"""Who decides the next move."""
