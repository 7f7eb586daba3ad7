"""Representatives' own calendars: built in, CalDAV and Google behind one port."""
