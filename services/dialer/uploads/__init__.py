"""Lists that are handed in as files: leads, numbers never to call, and what the national registry said."""
