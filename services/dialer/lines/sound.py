"""How a call sounds: the language and the voice of its playbook, else those of the settings."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError
from pydantic import ValidationError

from contracts.calls import CallRequested, Playbook
from services.dialer.settings import DialerSettings
from services.runtime.broker import Broker
from services.runtime.logs import logger

log = logger(__name__)

_LOCALES = {"he": "he-IL", "en": "en-US"}
_TRANSCRIBED = {"he": "he", "en": "en-US"}


@dataclass(frozen=True)
class Sound:
    """What the carrier is told about speech."""

    language: str
    transcription_language: str
    voice: str | None
    """None: the provider's own for the language."""

    @classmethod
    def of(cls, playbook: Playbook | None, settings: DialerSettings) -> Self:
        """The settings speak one language; a playbook in another needs no more than a voice of its own."""
        usual = settings.relay_language.partition("-")[0]
        spoken = (playbook and playbook.language) or usual
        voice = playbook.voice if playbook else None
        if spoken == usual:
            return cls(settings.relay_language, settings.relay_transcription_language, voice or settings.relay_voice)
        return cls(_LOCALES.get(spoken, spoken), _TRANSCRIBED.get(spoken, spoken), voice)


async def sound_of(call_id: UUID, broker: Broker, settings: DialerSettings) -> Sound:
    """How a call sounds, by what was requested. A caller is waiting, so what cannot be read is as the settings say."""
    try:
        stored = await broker.js.get_last_msg(CallRequested.stream, f"calls.{call_id}.requested", direct=True)
        return Sound.of(CallRequested.model_validate_json(stored.data or b"").playbook, settings)
    except NotFoundError:
        return Sound.of(None, settings)
    except (NatsError, TimeoutError, ValidationError) as error:
        log.warning(
            "the playbook of a call is not readable; it sounds as usual", call_id=str(call_id), error=repr(error)
        )
        return Sound.of(None, settings)
