"""Secrets at rest: sealed so that nobody reads or changes them who has the database alone. Pure.

What is sealed is a byte for the format, the eight bytes that a key is known by, twelve bytes that are used once, and
the ciphertext of AES-256-GCM, which is bound to all of these and to its purpose. Every purpose has a key of its own,
made by HKDF (RFC 5869) of the master key. Of several keys the first seals and all open: a key is replaced by putting a
new one in front of it, sealing anew what is ``stale``, and taking the old one away.
"""

import base64
import binascii
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from paddles.errors import Invalid

FORMAT = b"\x01"
KEY_BYTES, ID_BYTES, NONCE_BYTES = 32, 8, 12
HEADER_BYTES = len(FORMAT) + ID_BYTES + NONCE_BYTES


class Unsealable(Exception):
    """It cannot be opened: it was changed, or is for something else, or its key is not there."""


@dataclass(frozen=True)
class Key:
    """A master key, and what it is known by; the key is shown to nobody."""

    id: bytes
    master: bytes = field(repr=False)


def fresh() -> str:
    """Return a new master key as it is written in the configuration."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def read(text: str) -> Key:
    """Return a master key that is written as Base64 of 32 bytes. Raises Invalid, without what was written."""
    try:
        master = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        master = b""
    if len(master) != KEY_BYTES:
        raise Invalid(f"a key for secrets is {KEY_BYTES} bytes in Base64")
    return Key(_derived(master, "id", ID_BYTES), master)


def seal(keys: Sequence[Key], purpose: str, plain: Mapping[str, str]) -> bytes:
    """Return secrets as they may be stored, by the first of ``keys``; no two times alike.

    Args:
        keys: one at least.
        purpose: whose secrets they are, such as ``run/17``; they can be opened for the same purpose alone.
    """
    key = keys[0]
    nonce = secrets.token_bytes(NONCE_BYTES)
    header = FORMAT + key.id + nonce
    return header + _cipher(key, purpose).encrypt(nonce, orjson.dumps(dict(plain)), header + purpose.encode())


def unseal(keys: Sequence[Key], purpose: str, sealed: bytes) -> dict[str, str]:
    """Return what was sealed for a purpose.

    Raises:
        Unsealable: none of ``keys`` sealed it, or it was changed, or sealed for another purpose.
    """
    key = next((key for key in keys if key.id == _id(sealed)), None)
    if key is None:
        raise Unsealable(f"sealed with the key {_id(sealed).hex()}, which is not configured")
    header = sealed[:HEADER_BYTES]
    try:
        plain = _cipher(key, purpose).decrypt(header[-NONCE_BYTES:], sealed[HEADER_BYTES:], header + purpose.encode())
    except InvalidTag:
        raise Unsealable("changed since it was sealed, or sealed for something else") from None
    found: dict[str, str] = orjson.loads(plain)
    return found


def stale(keys: Sequence[Key], sealed: bytes) -> bool:
    """Say whether something was sealed with another key than the first. Raises Unsealable when it was not sealed."""
    return _id(sealed) != keys[0].id


def _id(sealed: bytes) -> bytes:
    if len(sealed) <= HEADER_BYTES or not sealed.startswith(FORMAT):
        raise Unsealable("not sealed, or in another way")
    return sealed[len(FORMAT) : len(FORMAT) + ID_BYTES]


def _cipher(key: Key, purpose: str) -> AESGCM:
    return AESGCM(_derived(key.master, f"secrets {purpose}", KEY_BYTES))


def _derived(master: bytes, info: str, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=f"paddles {info}".encode()).derive(master)
