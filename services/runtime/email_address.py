"""What an e-mail address must look like to be written to."""

import re

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(\.{_ATOM})*@[A-Za-z0-9-]{{1,63}}(\.[A-Za-z0-9-]{{1,63}})+")


def is_address(email: str | None) -> bool:
    """Whether a letter can be sent there at all: plain ASCII, as every mail server takes it.

    >>> is_address("dana@ornat.example"), is_address("dana at ornat"), is_address("דנה@example.com")
    (True, False, False)
    """
    return email is not None and _ADDRESS.fullmatch(email) is not None
