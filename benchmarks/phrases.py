"""How the servers we compare ourselves with cut a reply: the first phrase at a comma, the others at a full stop."""


def cut(buffer: str, *, first: bool) -> tuple[str, str]:
    """The phrase that is complete, or nothing, and the rest."""
    marks = (", ", ". ", "? ") if first else (". ", "? ")
    ends = [end + 2 for mark in marks if (end := buffer.find(mark)) >= 0]
    return (buffer[: min(ends)], buffer[min(ends) :]) if ends else ("", buffer)
