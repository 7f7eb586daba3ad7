"""What the dialer's edges and its core know of each other."""
