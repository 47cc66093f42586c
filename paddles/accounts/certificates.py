"""Tokens of machines, signed with keys whose certificates lie in a folder; a certificate limits what tags they have.

A token is a JWT. Its ``kid`` is the SHA-256 of the key's DER SubjectPublicKeyInfo, its claims are ``name`` and ``exp``;
the tags that machines of the key may have are the organizational units of the certificate's subject, none: any.
"""

import datetime
import functools
import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from paddles.errors import Unauthenticated

log = logging.getLogger(__name__)

ALGORITHMS = ("ES256", "ES256K")
LONGEST = 8192
# Times are checked here, against the moment that the caller has.
SIGNATURE_ALONE: Any = {f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}


class Signer(NamedTuple):
    """A key by which machines are known, and the tags that they may have; none: any."""

    key: EllipticCurvePublicKey
    tags: frozenset[str]


class Shown(NamedTuple):
    """Which machine a token speaks for, and the tags that it may have; none: any."""

    name: str
    tags: frozenset[str]


def signers(folder: Path | None) -> Mapping[str, Signer]:
    """Return the keys of the certificates in a folder by their ids; read again whenever a file there has changed."""
    if folder is None or not folder.is_dir():
        return {}
    found = ((path, path.stat()) for path in sorted(folder.glob("*.pem")))
    return _read(tuple((path, state.st_mtime_ns, state.st_size) for path, state in found))


def shown(token: str, keys: Mapping[str, Signer], now: datetime.datetime) -> Shown:
    """Return which machine a token speaks for.

    Raises:
        Unauthenticated: none of ``keys`` has signed it, it has expired, or says less than it must.
    """
    try:
        signer = keys[str(jwt.get_unverified_header(token[: LONGEST + 1]).get("kid"))]
        claims = jwt.decode(token, signer.key, algorithms=list(ALGORITHMS), options=SIGNATURE_ALONE)
    except KeyError:
        raise Unauthenticated("the key of this token is not known") from None
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise Unauthenticated("this token is not good") from None
    name, expires = claims.get("name"), claims.get("exp")
    if not isinstance(name, str) or not name:
        raise Unauthenticated("a token says name and exp")
    if isinstance(expires, bool) or not isinstance(expires, int | float) or expires <= now.timestamp():
        raise Unauthenticated("this token has expired, or does not say when it will")
    return Shown(name, signer.tags)


@functools.lru_cache(maxsize=4)
def _read(files: tuple[tuple[Path, int, int], ...]) -> Mapping[str, Signer]:
    found = {}
    for path, _, _ in files:
        try:
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
        except (OSError, ValueError) as error:
            log.error("%s is no certificate: %s", path, error)
            continue
        key = certificate.public_key()
        if not isinstance(key, EllipticCurvePublicKey):
            log.error("%s has a key of another kind than those of %s", path, " and ".join(ALGORITHMS))
            continue
        units = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
        tags = frozenset(str(unit.value).strip().lower() for unit in units)
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        found[hashlib.sha256(der).hexdigest()] = Signer(key, tags)
    return found
