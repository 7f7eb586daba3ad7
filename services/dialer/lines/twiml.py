"""The documents that tell the carrier what to do with an answered call."""

from uuid import UUID

from twilio.twiml.voice_response import Connect, VoiceResponse

from services.dialer.addresses import Addresses, relay_secret
from services.dialer.lines.sound import Sound
from services.dialer.settings import DialerSettings

MEDIA_TYPE = "text/xml"
EVENTS = "speaker-events tokens-played"


def connect(
    settings: DialerSettings, addresses: Addresses, call_id: UUID, drops: int = 0, sound: Sound | None = None
) -> str:
    """Open a relay session. There is no greeting: the agent speaks first, and never twice after a reconnect."""
    sound = sound or Sound.of(None, settings)
    response = VoiceResponse()
    verb = Connect(action=addresses.relay_ended(call_id, drops), method="POST")
    relay = verb.conversation_relay(
        url=addresses.relay(call_id, relay_secret(settings.auth_token, call_id)),
        language=sound.language,
        tts_provider=settings.relay_tts_provider,
        voice=sound.voice,
        transcription_provider=settings.relay_transcription_provider,
        transcription_language=sound.transcription_language,
        speech_model=settings.relay_speech_model,
        interruptible="any",
        report_input_during_agent_speech="none",
        dtmf_detection=True,
        events=EVENTS,
    )
    relay.parameter(name="call_id", value=str(call_id))
    response.append(verb)
    return str(response)


def hang_up() -> str:
    """End the call."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def dial(number: str) -> str:
    """Connect the caller with a person; the call ends when that conversation does."""
    response = VoiceResponse()
    response.dial(number)
    return str(response)


def nothing() -> str:
    """There is nothing left to do; the carrier ignores it."""
    return str(VoiceResponse())
