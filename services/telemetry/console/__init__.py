"""The console: for now one page, with the calls in progress and the last logged ones."""
