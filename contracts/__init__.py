"""What the services tell each other: facts, requests and the streams that carry them. Pydantic only, no I/O."""
