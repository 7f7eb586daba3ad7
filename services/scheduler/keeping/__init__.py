"""Representatives' own calendars and our meetings, kept in agreement both ways."""
