"""What telemetry reads from the environment, besides what every service does."""

from datetime import time
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from services.runtime.email_address import is_address
from services.runtime.hosts import is_private
from services.runtime.mail import MailSettings


class TelemetrySettings(MailSettings):
    """How patient telemetry is, what calls cost, and whom it tells."""

    telemetry_grace_s: float = Field(default=0.5, ge=0, le=60)
    """How long after the last fact of a finished call its record is logged: facts of other streams may be late."""
    prices_file: Path | None = None
    """A price list of your own instead of services/telemetry/prices.yaml. What is not in it costs an unknown sum."""
    console: bool = True
    """False: no console at /console."""
    console_password: SecretStr | None = None
    """The password of the console's first user, `admin`. Unset: one is made up and printed once, at the first start."""
    console_secret: SecretStr | None = Field(default=None, min_length=16)
    """What the cookies of logins are signed with. Unset: a key is made once and kept in the database."""
    console_idle_minutes: int = Field(default=60, ge=1, le=7 * 24 * 60)
    """After how many minutes without anything done somebody has to log in again."""
    dialer_url: str = "http://127.0.0.1:8001"
    """Where the dialer's HTTP API is, which takes the lists of leads that are dropped into the console. Embedded, it is
    this process."""
    upload_max_mb: int = Field(default=100, ge=1)
    """The largest file of leads or numbers that is taken in over HTTP."""
    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    """With the account, what opens recordings at the carrier, for those who play them in the console."""
    twilio_api_url: str | None = None
    """Another host for the carrier's REST API. Loopback and private ones count as simulated."""
    webhooks_secret: SecretStr | None = Field(default=None, min_length=16)
    """What the secrets of webhook endpoints are made of. Another one changes them all. Unset: one is made and kept in
    the database."""
    webhooks_allow_private: bool = False
    """True: webhooks may go to this machine and its private network, and over http://."""
    exports_keep_days: int = Field(default=7, ge=0, le=90)
    """How long the content of a delivery that was sent or given up is kept, to be replayed; its log has none."""
    keep_facts_days: int = Field(default=90, ge=0)
    """How long every single fact of a call is kept, with all words; its record stays. 0: for ever."""
    keep_recordings_days: int = Field(default=180, ge=0)
    """How long the carrier keeps the recording of a call, and it is known where it lies. 0: for ever."""
    keep_transcripts_days: int = Field(default=365, ge=0)
    """How long the words of a call are kept, to be read and searched. 0: for ever."""
    keep_calls_days: int = Field(default=1095, ge=0)
    """How long calls are kept at all: with whom, when, what came of it. 0: for ever."""
    keep_audit_days: int = Field(default=2555, ge=0)
    """How long it is kept what people did in the console. 0: for ever."""
    hubspot_token: SecretStr | None = None
    """Access token of a private app. Unset: HubSpot is not told."""
    hubspot_url: str = "https://api.hubapi.com"
    airtable_api_key: SecretStr | None = None
    airtable_base_id: str | None = None
    airtable_calls_table: str | None = None
    """Name or id of a table in the base that gets a row for each finished call. Unset: none does."""
    airtable_api_url: str = "https://api.airtable.com"
    digest_to: tuple[str, ...] = ()
    """Who gets the daily digest by e-mail: a JSON list of addresses. Needs SMTP_HOST. Unset: nobody."""
    digest_at: time = time(8, 0)
    """When, in Israel's time; on working days only."""

    @field_validator("digest_to")
    @classmethod
    def _addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [each for each in addresses if not is_address(each)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no e-mail address that mail can be sent to")
        return tuple(dict.fromkeys(addresses))

    @field_validator("hubspot_url", "airtable_api_url")
    @classmethod
    def _secured(cls, url: str) -> str:
        scheme, _, rest = url.partition("://")
        host = rest.partition("/")[0].rsplit(":", 1)[0]
        if scheme != "https" and not (scheme == "http" and is_private(host)):
            raise ValueError("an https:// address; http:// only on this machine or its private network")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.airtable_calls_table and not (self.airtable_api_key and self.airtable_base_id):
            raise ValueError("AIRTABLE_CALLS_TABLE needs AIRTABLE_API_KEY and AIRTABLE_BASE_ID beside it")
        if self.digest_to and self.smtp_host is None:
            raise ValueError("with DIGEST_TO, set SMTP_HOST and MAIL_FROM to the mail server that sends the digest")
        return self
