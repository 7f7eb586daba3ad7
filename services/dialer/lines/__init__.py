"""Lines: each turns the wire of one carrier into what was heard and what is said."""
