"""A telephone carrier and people to call that are not real, speaking the real wire protocols."""
