"""What the dialer reads from the environment: the carrier, the pace, and when it may call."""

import re
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from services.dialer.domain.caller_numbers import CallerNumbers
from services.runtime.carrier import CarrierSettings

SIMULATOR_ACCOUNT_SID = "AC" + "0" * 32
SIMULATOR_AUTH_TOKEN = "simulator-auth-token"  # noqa: S105  public on purpose
"""The simulator's own account; public, worth nothing anywhere else."""
SIMULATOR_FROM_NUMBER = "+97233760000"
DEFAULT_PORT = 8001
LINE = "relay"
"""The line that calls are held on."""


_E164 = re.compile(r"\+[1-9]\d{6,14}")

AirtableMark = Literal["queued", "in_progress", "called", "callback", "refused", "do_not_call"]


class DialerSettings(CarrierSettings):
    """Without a Twilio account the simulator at `simulator_url` is the carrier."""

    public_url: str = ""
    """Where the carrier reaches us: scheme and host as the carrier is given them. Unset: this process itself."""
    public_fallback_url: str = ""
    """Where the carrier asks when `public_url` fails it: another way to the same system. Unset: the same URL."""
    twilio_auth_token: SecretStr | None = None
    twilio_from_number: str | None = None
    """The number that calls, in E.164; or several, separated by commas, which take turns."""
    calls_per_number_per_day: int | None = Field(default=None, ge=1)
    """How many calls each of them makes in a day; then nobody is dialed before the next. Unset: no limit."""

    max_concurrent_calls: int = Field(default=10, ge=0, le=1000)
    calls_per_second: float = Field(default=1.0, gt=0)
    ring_timeout_s: int = Field(default=30, ge=5, le=600)
    max_call_s: int = Field(default=600, ge=30, le=14_400)
    require_consent: bool = True
    allow_foreign_numbers: bool = False
    max_attempts: int = Field(default=3, ge=1, le=20)
    registry_required: bool = False
    """True: refuse numbers whose check against the do-not-call registry is missing or older than 15 days."""
    upload_max_mb: int = Field(default=100, ge=1, le=10_000)
    """The largest file of leads or numbers that is taken in over HTTP."""
    airtable_api_key: SecretStr | None = None
    """A personal access token that may read and write the records of the base."""
    airtable_base_id: str | None = None
    airtable_table: str | None = None
    """Name or id of a table in the base: leads come from it, and what becomes of them is written back. Unset: not."""
    airtable_view: str | None = None
    """Take only leads that this view shows."""
    airtable_fields: dict[str, str] = Field(default_factory=dict)
    """Names of fields that differ from ours, as JSON: {"contact_number": "Phone", "status": "Stage"}."""
    airtable_statuses: dict[AirtableMark, str] = Field(default_factory=dict)
    """Words for the status that differ from ours, as JSON: {"in_progress": "On the phone", "called": "Done"}."""
    airtable_new_statuses: tuple[str, ...] = ("", "new", "חדש")
    """A lead with one of these is to be called, as a JSON list; "" is an empty field."""
    airtable_poll_s: float = Field(default=30.0, ge=1)
    airtable_api_url: str = "https://api.airtable.com"
    keep_leads_days: int = Field(default=730, ge=0)
    """How long a lead of whom nothing more will come is kept, with its calls, after the last of them. 0: for ever."""
    keep_decisions_days: int = Field(default=180, ge=0)
    """How long it is kept what the gate said of a lead, rule by rule. 0: for ever."""
    keep_recordings_days: int = Field(default=180, ge=0)
    """How long the carrier keeps the recording of a call, and it is known where it lies. 0: for ever."""
    keep_privacy_log_days: int = Field(default=2555, ge=0)
    """How long it is kept who had people's data erased or shown: claims are possible for seven years. 0: for ever."""
    playbook: str = "alta-he"
    """The playbook that calls follow."""
    record_calls: bool = False
    """Have the carrier record calls; the agent says so in its first words, and only then."""
    transfer_number: str | None = None
    """Where a call goes that the agent hands to a person, in E.164. Unset: such a call is ended."""

    relay_language: str = "he-IL"
    relay_tts_provider: str = "Google"
    relay_voice: str = "he-IL-Wavenet-A"
    relay_transcription_provider: str = "Deepgram"
    relay_transcription_language: str = "he"
    relay_speech_model: str = "nova-3-general"
    silence_s: float = Field(default=7.0, gt=0)
    """How long nobody speaks, after the agent has finished, before the silence counts as a turn."""
    holding_s: float = Field(default=3.0, gt=0)
    """No conversation worker after this long: the line says a holding sentence."""
    give_up_s: float = Field(default=10.0, gt=0)
    """No conversation worker after this long: the line apologises and ends the call."""

    @field_validator("public_url", "public_fallback_url")
    @classmethod
    def _no_trailing_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @field_validator("twilio_from_number")
    @classmethod
    def _numbers_are_whole(cls, given: str | None) -> str | None:
        for each in (given or "").split(","):
            if each.strip() and not _E164.fullmatch(each.strip()):
                raise ValueError(f"TWILIO_FROM_NUMBER: {each.strip()!r} is no number in E.164, such as +97233760000")
        return given

    @model_validator(mode="after")
    def _airtable_is_whole(self) -> Self:
        if self.airtable_table and not self.airtable_api_key:
            raise ValueError("AIRTABLE_TABLE needs AIRTABLE_API_KEY and AIRTABLE_BASE_ID beside it")
        if self.airtable_api_key and not self.airtable_base_id:
            raise ValueError("AIRTABLE_API_KEY needs AIRTABLE_BASE_ID and AIRTABLE_TABLE or AIRTABLE_CALLS_TABLE")
        return self

    @property
    def reachable_at(self) -> str:
        """Base of every URL the carrier is given."""
        return self.public_url or f"http://127.0.0.1:{self.messiah_port or DEFAULT_PORT}"

    @property
    def fallback_at(self) -> str:
        """Base of the URL the carrier asks when the first one fails."""
        return self.public_fallback_url or self.reachable_at

    @property
    def account_sid(self) -> str:
        return self.twilio_account_sid or SIMULATOR_ACCOUNT_SID

    @property
    def auth_token(self) -> str:
        return self.twilio_auth_token.get_secret_value() if self.twilio_auth_token else SIMULATOR_AUTH_TOKEN

    @property
    def caller_numbers(self) -> CallerNumbers:
        given = (self.twilio_from_number or SIMULATOR_FROM_NUMBER).split(",")
        return CallerNumbers(tuple(each.strip() for each in given if each.strip()), self.calls_per_number_per_day)

    @property
    def from_number(self) -> str:
        """The first of them."""
        return self.caller_numbers.numbers[0]
