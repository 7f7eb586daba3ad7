"""RSASSA-PKCS1-v1_5 over SHA-256, which Google wants its service accounts to sign with.

It is here in thirty lines because the library that everybody uses for it is a compiled one the size of all our others
together, for one signature an hour. A test has openssl verify it. The exponentiation is blinded, so that its duration
says nothing of the key.
"""

import base64
import binascii
import hashlib
import secrets

_RSA = bytes.fromhex("06092a864886f70d010101")
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
_INTEGER, _OCTETS, _SEQUENCE = 0x02, 0x04, 0x30


class Rs256Key:
    """A private RSA key, read from PEM: PKCS#8 ("PRIVATE KEY"), as Google hands it out, or PKCS#1."""

    def __init__(self, pem: str) -> None:
        """Raises ValueError if it is no such key."""
        try:
            _, self._n, self._e, self._d = _integers(_pkcs1(_der(pem)))[:4]
        except (IndexError, ValueError, binascii.Error) as error:
            raise ValueError("the private key is no RSA key in PEM; copy the JSON file as Google gave it") from error

    def sign(self, message: bytes) -> bytes:
        """The signature, as long as the modulus."""
        size = (self._n.bit_length() + 7) // 8
        digest = _SHA256 + hashlib.sha256(message).digest()
        padded = b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest
        blind = secrets.randbelow(self._n - 2) + 2
        blinded = int.from_bytes(padded, "big") * pow(blind, self._e, self._n) % self._n
        signature = pow(blinded, self._d, self._n) * pow(blind, -1, self._n) % self._n
        return signature.to_bytes(size, "big")


def _der(pem: str) -> bytes:
    lines = [line.strip() for line in pem.strip().splitlines()]
    if len(lines) < 3 or not lines[0].endswith("PRIVATE KEY-----"):
        raise ValueError("no PEM")
    return base64.b64decode("".join(lines[1:-1]), validate=True)


def _pkcs1(der: bytes) -> bytes:
    """The contents of the RSAPrivateKey in a key of either form."""
    contents, _ = _element(der, _SEQUENCE)
    _, rest = _element(contents, _INTEGER)  # the version
    if rest[0] == _INTEGER:
        return contents
    algorithm, rest = _element(rest, _SEQUENCE)
    if not algorithm.startswith(_RSA):
        raise ValueError("not RSA")
    key, _ = _element(rest, _OCTETS)
    return _element(key, _SEQUENCE)[0]


def _integers(contents: bytes) -> list[int]:
    found = []
    while contents:
        value, contents = _element(contents, _INTEGER)
        found.append(int.from_bytes(value, "big"))
    return found


def _element(der: bytes, tag: int) -> tuple[bytes, bytes]:
    """The contents of the element in front, and what follows it."""
    if der[0] != tag:
        raise ValueError("unexpected element")
    length, start = der[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(der[2:start], "big")
    if start + length > len(der):
        raise ValueError("cut short")
    return der[start : start + length], der[start + length :]
