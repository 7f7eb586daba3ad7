"""Who we are to Google: a service account that signs for itself, or the refresh token of a calendar's owner."""

import asyncio
import base64
import json
import time
from typing import Annotated, Literal
from urllib.parse import urlsplit

import aiohttp
from pydantic import BaseModel, Field, SecretStr, TypeAdapter, ValidationError, field_validator

from services.runtime.errors import Unavailable
from services.runtime.hosts import is_private
from services.scheduler.calendars.rs256 import Rs256Key

SCOPE = "https://www.googleapis.com/auth/calendar"
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFETIME_S = 3600
_MARGIN_S = 60.0
"""A token is replaced this long before it ends."""


class _Credentials(BaseModel):
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105  an address

    @field_validator("token_uri")
    @classmethod
    def _safe(cls, uri: str) -> str:
        parts = urlsplit(uri)
        if parts.scheme != "https" and not is_private(parts.hostname or ""):
            raise ValueError("token_uri begins with https://")
        return uri


class ServiceAccount(_Credentials):
    """The key file of a service account, as the Google Cloud console hands it out."""

    type: Literal["service_account"]
    client_email: str
    private_key: SecretStr
    private_key_id: str | None = None

    @field_validator("private_key")
    @classmethod
    def _key(cls, pem: SecretStr) -> SecretStr:
        Rs256Key(pem.get_secret_value())
        return pem


class AuthorizedUser(_Credentials):
    """What a person granted: `gcloud auth application-default login` writes such a file."""

    type: Literal["authorized_user"]
    client_id: str
    client_secret: SecretStr
    refresh_token: SecretStr


Credentials = ServiceAccount | AuthorizedUser
_credentials: TypeAdapter[Credentials] = TypeAdapter(Annotated[Credentials, Field(discriminator="type")])


def read_credentials(text: str) -> Credentials:
    """Credentials in JSON. Raises ValueError, which says what is wrong and nothing of the secret."""
    try:
        return _credentials.validate_json(text)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'JSON'}: {each['msg']}" for each in error.errors())
        raise ValueError(
            f"it holds no credentials of Google ({wrong}); put the JSON of a service account or of an authorized user "
            "there, or the path of a file with it"
        ) from None


class GoogleAccount:
    """Gets access tokens and keeps each until shortly before it ends."""

    def __init__(self, credentials: Credentials, impersonate: str | None, variable: str) -> None:
        self._credentials = credentials
        self._impersonate = impersonate
        self._variable = variable
        self._token = ""
        self._good_until = 0.0
        self._asking = asyncio.Lock()

    @property
    def email(self) -> str | None:
        """Whom a calendar must be shared with, if it is a service account that is to read it."""
        account = self._credentials
        return account.client_email if isinstance(account, ServiceAccount) and not self._impersonate else None

    async def token(self, session: aiohttp.ClientSession) -> str:
        """A token that is good for some time. Raises Unavailable."""
        async with self._asking:  # one request for however many wait
            if time.monotonic() >= self._good_until:
                self._token, lifetime_s = await self._ask(session)
                self._good_until = time.monotonic() + lifetime_s - _MARGIN_S
            return self._token

    def forget(self, token: str) -> None:
        """Google does not accept this token any more."""
        if token == self._token:
            self._good_until = 0.0

    async def _ask(self, session: aiohttp.ClientSession) -> tuple[str, float]:
        try:
            async with session.post(self._credentials.token_uri, data=self._grant()) as response:
                said = await response.json(content_type=None)
                status = response.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unavailable(f"Google gives no access token: {error or type(error).__name__}") from error
        said = said if isinstance(said, dict) else {}
        if status != 200 or "access_token" not in said:
            why = " ".join(str(said[key]) for key in ("error", "error_description") if said.get(key)) or status
            raise Unavailable(f"Google gives no access token: {why}; renew the credentials in {self._variable}")
        return str(said["access_token"]), float(said.get("expires_in", _LIFETIME_S))

    def _grant(self) -> dict[str, str]:
        account = self._credentials
        if isinstance(account, ServiceAccount):
            return {"grant_type": _JWT_BEARER, "assertion": _assertion(account, self._impersonate, int(time.time()))}
        return {
            "grant_type": "refresh_token",
            "client_id": account.client_id,
            "client_secret": account.client_secret.get_secret_value(),
            "refresh_token": account.refresh_token.get_secret_value(),
        }


def _assertion(account: ServiceAccount, impersonate: str | None, now: int) -> str:
    """A JSON Web Token in which the account asks for access. `now` is the real time: Google knows no other."""
    head = {"alg": "RS256", "typ": "JWT"} | ({"kid": account.private_key_id} if account.private_key_id else {})
    claims: dict[str, object] = {"iss": account.client_email, "scope": SCOPE, "aud": account.token_uri}
    claims |= {"iat": now, "exp": now + _LIFETIME_S} | ({"sub": impersonate} if impersonate else {})
    signed = b".".join(_base64(json.dumps(each).encode()) for each in (head, claims))
    signature = Rs256Key(account.private_key.get_secret_value()).sign(signed)
    return b".".join((signed, _base64(signature))).decode()


def _base64(octets: bytes) -> bytes:
    return base64.urlsafe_b64encode(octets).rstrip(b"=")
