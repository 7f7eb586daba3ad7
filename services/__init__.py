"""Four independent services and the runtime they stand on."""
