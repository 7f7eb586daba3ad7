"""The errors of the REST interface, with their documented codes and bodies."""

from typing import Final

REFUSALS: Final[dict[int, tuple[int, str]]] = {
    20001: (400, "Bad request: {0}"),
    20003: (401, "Authenticate"),
    20009: (409, "Cannot delete this resource before it is complete"),
    20404: (404, "The requested resource {0} was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    21201: (400, "No 'To' number is specified"),
    21205: (400, "Url is not a valid URL: {0}"),
    21210: (400, "The source phone number provided, {0}, is not yet verified for your account."),
    21211: (400, "The 'To' number {0} is not a valid phone number."),
    21212: (400, "The 'From' number {0} is not a valid phone number, shortcode, or alphanumeric sender ID."),
    21213: (400, "A 'From' phone number is required."),
    21214: (400, "'To' phone number cannot be reached: {0}"),
    21215: (400, "Account not authorized to call {0}. Perhaps you need to enable some international permissions."),
    21217: (400, "Phone number {0} does not appear to be valid"),
    21219: (400, "The number {0} is unverified. Trial accounts may only make calls to verified numbers."),
    21220: (400, "Call is not in-progress. Cannot redirect."),
    22005: (429, "Call queue is full: it holds more than 24 hours of calls."),
}


class Refused(Exception):
    """A REST request that is answered with an error body."""

    def __init__(self, code: int, detail: str = "") -> None:
        self.code = code
        self.status, template = REFUSALS.get(code, (400, "Refused: {0}"))
        super().__init__(template.format(detail))

    def body(self) -> dict[str, object]:
        """The documented error body."""
        return {
            "code": self.code,
            "message": str(self),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
