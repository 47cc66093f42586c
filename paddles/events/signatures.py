"""What a receiver knows our webhooks by, after https://www.standardwebhooks.com. Pure."""

import base64
import binascii
import hashlib
import hmac
import secrets

from paddles.errors import Invalid

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64


def make() -> str:
    """Return a new secret."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SHORTEST)).decode()


def check(secret: str) -> str:
    """Return a secret if it is one: ``whsec_`` and 24 to 64 bytes in Base64. Raises Invalid."""
    try:
        fits = SHORTEST <= len(_key(secret)) <= LONGEST
    except (ValueError, binascii.Error):
        fits = False
    if not fits:
        raise Invalid(f"secret: must be {PREFIX} and {SHORTEST} to {LONGEST} bytes in Base64")
    return secret


def sign(secret: str, message_id: str, seconds: int, body: bytes) -> str:
    """Return the signature of a message that is sent at a moment, in seconds of UNIX time."""
    said = f"{message_id}.{seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(_key(secret), said, hashlib.sha256)).decode()


def _key(secret: str) -> bytes:
    if not secret.startswith(PREFIX):
        raise ValueError(PREFIX)
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
