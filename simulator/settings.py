"""What the simulator is told from outside: where it listens, how fast people live, what goes wrong."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ACCOUNT_SID = "AC" + "0" * 32
"""The account that exists when none is configured; public, worth nothing anywhere else."""

AUTH_TOKEN = "simulator-auth-token"  # noqa: S105 - public on purpose
"""The token of that account."""

CallStatus = Literal[
    "queued", "initiated", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"
]


class Faults(BaseModel):
    """What goes wrong on purpose, for every call; everything is off by default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reorder_callbacks: bool = False
    """Status callbacks arrive in swapped pairs: 1, 0, 3, 2."""
    duplicate_callbacks: bool = False
    """Every status callback is delivered twice, with the same idempotency token."""
    delay_callbacks_s: float = Field(default=0.0, ge=0)
    """Real seconds by which every status callback is late."""
    drop_callbacks: frozenset[CallStatus] = frozenset()
    """Status callbacks with these values of CallStatus are never delivered."""
    extra_fields: bool = False
    """Every form carries fields nobody has documented."""
    repeated_keys: bool = False
    """Every form carries one name several times."""
    wrong_signature: bool = False
    """Everything is signed with another token."""
    status_before_action: bool = False
    """After a hang-up the terminal status callback comes before the action callback."""
    lost_reply: Literal["none", "cut", "slow"] = "none"
    """A call is accepted, and the reply is cut off or comes after `slow_reply_s`."""
    slow_reply_s: float = Field(default=15.0, ge=0)
    refuse_code: int | None = None
    """Every new call is refused with this error code."""
    keep_recordings: bool = False
    """Nothing is deleted: whoever asks for it is answered with error 20500."""
    unknown_frames: bool = False
    """The relay sends frame types and info names nobody has documented."""
    text_durations: bool = False
    """`durationUntilInterruptMs` is a string, as in one of the documented examples."""
    drop_socket_after_turns: int = Field(default=0, ge=0)
    """The carrier aborts the relay socket once in a call, after so many turns of the caller; 0 is never."""


class SimulatorSettings(BaseSettings):
    """Settings from the environment or `.env`; empty variables count as unset."""

    model_config = SettingsConfigDict(
        env_prefix="SIMULATOR_",
        env_file=".env",
        env_ignore_empty=True,
        env_nested_delimiter="__",
        extra="ignore",
        populate_by_name=True,
    )

    host: str = "127.0.0.1"
    port: int = Field(default=8005, ge=0, le=65535)
    account_sid: str = Field(default=ACCOUNT_SID, validation_alias="TWILIO_ACCOUNT_SID")
    auth_token: str = Field(default=AUTH_TOKEN, validation_alias="TWILIO_AUTH_TOKEN")
    cps: float = Field(default=1.0, gt=0)
    """Calls started per second; the rest wait in the queue. Not scaled by `speed`."""
    speed: float = Field(default=1.0, gt=0)
    """How many times faster than life people ring, think and speak."""
    patience_s: float = Field(default=12.0, gt=0)
    """Real seconds of silence before a person asks whether anybody is there. Not scaled by `speed`, because it
    is the called system's wait that is measured here, not the person's."""
    faults: Faults = Faults()
