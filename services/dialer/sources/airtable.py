"""Airtable as a source of leads and a sink of results: a table whose status field says who is to be called.

Its API takes five requests a second for a base; whoever asks for more is turned away for half a minute.
"""

import asyncio
import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import requests

from services.dialer.domain.spreadsheet import text_of
from services.dialer.ports.crm import LeadResult, Mark, SourcedLead
from services.dialer.settings import DialerSettings
from services.dialer.uploads.headings import LEAD_COLUMNS
from services.runtime.errors import Refused, Unavailable
from services.runtime.logs import logger

log = logger(__name__)

T = TypeVar("T")

PER_SECOND = 5
BATCH = 10
"""Records in one request that changes them: the most that Airtable takes."""
TIMEOUT_S = (5, 20)
TRIES = 5
BACKOFF_S = 1.0
TURNED_AWAY_S = 30.0
"""How long a base answers nobody who has asked too often."""
_TOO_MANY = 429
_UNKNOWN_FIELD = re.compile(r"Unknown field name: \\?[\"'](.+?)\\?[\"']")

WRITTEN = (
    "status",
    "reason",
    "attempts",
    "outcome",
    "summary",
    "last_call_at",
    "next_call_at",
    "opted_out",
    "consent_basis",
    "consent_at",
)
"""What is written back, by our names. Only `status` must be a field of the table."""

_STATUSES = {
    Mark.QUEUED: "queued",
    Mark.IN_PROGRESS: "in progress",
    Mark.CALLED: "called",
    Mark.CALLBACK: "callback",
    Mark.REFUSED: "refused",
    Mark.DO_NOT_CALL: "do not call",
}


class Airtable:
    """See ports.LeadSource and ports.ResultSink. One base, one table."""

    name = "airtable"

    def __init__(self, settings: DialerSettings) -> None:
        if settings.airtable_api_key is None or not settings.airtable_base_id or not settings.airtable_table:
            raise Refused("set AIRTABLE_API_KEY, AIRTABLE_BASE_ID and AIRTABLE_TABLE")
        from pyairtable import Api  # loading it takes a tenth of a start, and few have a table

        api = Api(
            settings.airtable_api_key.get_secret_value(),
            timeout=TIMEOUT_S,
            retry_strategy=None,  # waiting is done here, where a stop need not wait for it
            endpoint_url=settings.airtable_api_url,
        )
        self._api = api
        self._table = api.table(settings.airtable_base_id, settings.airtable_table)
        if strange := set(settings.airtable_fields) - {*LEAD_COLUMNS, *WRITTEN}:
            raise Refused(f"AIRTABLE_FIELDS names {sorted(strange)}; use {', '.join((*LEAD_COLUMNS, *WRITTEN))}")
        self._view = settings.airtable_view
        self._new = settings.airtable_new_statuses
        self._fields = {name: settings.airtable_fields.get(name, name) for name in (*LEAD_COLUMNS, *WRITTEN)}
        self._statuses = _STATUSES | {Mark(mark): word for mark, word in settings.airtable_statuses.items()}
        self._absent: set[str] = set()
        self._turn = asyncio.Lock()
        self._backoff_s = BACKOFF_S
        self._turned_away_s = TURNED_AWAY_S

    async def next_leads(self, limit: int) -> list[SourcedLead]:
        options: dict[str, Any] = {"formula": self._is_new(), "max_records": limit, "page_size": min(limit, 100)}
        if self._view:
            options["view"] = self._view
        records = await self._ask(lambda: self._table.all(**options))
        return [SourcedLead(record["id"], self._texts(record["fields"])) for record in records]

    async def record(self, results: Sequence[LeadResult]) -> None:
        for start in range(0, len(results), BATCH):
            await self._write(results[start : start + BATCH])

    async def delete(self, reference: str) -> bool:
        record = "".join(each for each in reference if each.isalnum())
        found = await self._ask(lambda: self._table.all(formula=f"RECORD_ID()='{record}'", max_records=1))
        if found:  # Airtable answers alike for a record that is gone and for a base that nobody may read
            await self._ask(lambda: self._table.delete(record))
        return bool(found)

    async def close(self) -> None:
        await asyncio.to_thread(self._api.session.close)

    async def _write(self, results: Sequence[LeadResult]) -> None:
        while True:
            records: Any = [{"id": each.reference, "fields": self._written(each)} for each in results]
            try:
                await self._ask(lambda: self._table.batch_update(records, typecast=True))  # noqa: B023  asked at once
            except UnknownField as unknown:
                ours = {self._fields[name]: name for name in WRITTEN}.get(unknown.named)
                if ours is None or ours == "status" or ours in self._absent:
                    raise
                self._absent.add(ours)
                log.warning(
                    "Airtable's table has no such field; add it, or name another in AIRTABLE_FIELDS", field=ours
                )
            else:
                return

    def _is_new(self) -> str:
        field = "{" + self._fields["status"].replace("}", "\\}") + "}"
        words = [status.casefold().replace("'", "\\'") for status in self._new]
        return "OR({})".format(",".join(f"LOWER(TRIM({field} & ''))='{word}'" for word in words))

    def _texts(self, fields: Mapping[str, Any]) -> dict[str, str]:
        texts = {name: text_of(_text(fields.get(self._fields[name]))) for name in LEAD_COLUMNS}
        if fields.get(self._fields["opted_out"]) is True:
            texts["status"] = "do_not_call"
        elif texts["status"].casefold() in {each.casefold() for each in self._new}:
            texts["status"] = ""  # their word for one who is to be called
        return {name: text for name, text in texts.items() if text}

    def _written(self, result: LeadResult) -> dict[str, Any]:
        values = {
            "status": self._statuses[result.mark],
            "reason": result.reason,
            "attempts": result.attempts,
            "outcome": result.outcome and result.outcome.value,
            "summary": result.summary,
            "last_call_at": result.last_call_at and result.last_call_at.isoformat(),
            "next_call_at": result.next_call_at and result.next_call_at.isoformat(),
            "opted_out": result.opted_out or None,  # nobody is ever taken off the list from here
            "consent_basis": result.consent_basis,
            "consent_at": result.consent_at,
        }
        kept = ("outcome", "summary", "last_call_at", "opted_out", "consent_basis", "consent_at")
        return {
            self._fields[name]: value
            for name, value in values.items()
            if name not in self._absent and (value or name not in kept)
        }

    async def _ask(self, request: Callable[[], T]) -> T:
        """One request, in its turn and in a thread. Raises Unavailable after several tries, Refused with the cure."""
        for tried in range(1, TRIES + 1):
            async with self._turn:
                pace = asyncio.create_task(asyncio.sleep(1 / PER_SECOND))
                try:
                    return await asyncio.to_thread(request)
                except requests.HTTPError as error:
                    wait_s = self._wait_s(error, tried)
                    failed: Exception = error
                except requests.RequestException as error:
                    wait_s, failed = self._growing_s(tried), error
                finally:
                    await pace
                if tried < TRIES:  # nobody else may ask meanwhile either
                    log.warning("Airtable is asked again", tried=tried, error=_shown(failed), wait_s=round(wait_s, 1))
                    await asyncio.sleep(wait_s)
        raise Unavailable(f"Airtable did not answer: {_shown(failed)}") from failed

    def _wait_s(self, error: requests.HTTPError, tried: int) -> float:
        """How long to wait before another try. Raises Refused, or UnknownField, if none can help."""
        response = _answer_in(error)
        status = response.status_code
        if status == _TOO_MANY:
            given = response.headers.get("Retry-After", "")
            return float(given) if given.isdecimal() else self._turned_away_s
        if status >= 500:
            return self._growing_s(tried)
        text = _shown(error)
        if found := _UNKNOWN_FIELD.search(text):
            raise UnknownField(found[1]) from error
        cure = {
            401: "check AIRTABLE_API_KEY",
            403: "let the token of AIRTABLE_API_KEY read and write records of the base",
            404: "check AIRTABLE_BASE_ID and AIRTABLE_TABLE",
            422: "check AIRTABLE_FIELDS and AIRTABLE_VIEW",
        }.get(status, "see its API's documentation")
        raise Refused(f"Airtable refuses: {text}; {cure}") from error

    def _growing_s(self, tried: int) -> float:
        return self._backoff_s * float(2 ** (tried - 1)) * (0.5 + random.random() / 2)  # noqa: S311  not a secret


class UnknownField(Refused):
    """The table has no field of this name."""

    def __init__(self, field: str) -> None:
        super().__init__(f"Airtable's table has no field {field!r}; add it, or name another in AIRTABLE_FIELDS")
        self.named = field


def _text(value: Any) -> str:
    """A cell as text: a number without the decimals that it never had, the first of several values."""
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None or isinstance(value, (bool, dict)) else str(value)


def _shown(error: Exception) -> str:
    """What Airtable said, without the URL and its query."""
    if isinstance(error, requests.HTTPError):
        response = _answer_in(error)
        said = error.args[1] if len(error.args) > 1 else response.reason
        return f"{response.status_code} {said}"
    return type(error).__name__


def _answer_in(error: requests.HTTPError) -> requests.Response:
    if error.response is None:
        raise error
    return error.response
