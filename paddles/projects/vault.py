"""Secrets in their place: sealed for what they belong to, with the keys of the settings, or one of the service's own.

The first key of the setting ``jobserv_secrets_keys`` seals. Where there is none the service makes one for itself and
keeps it in the database: whoever has the database then has the secrets. It opens what it sealed also when there are
others.
"""

import base64
import datetime
import logging
from collections.abc import Mapping

from paddles.accounts import own_keys
from paddles.db.session import Session
from paddles.errors import Unavailable
from paddles.projects import sealing
from paddles.projects.sealing import Key
from paddles.settings import Settings

log = logging.getLogger(__name__)
OWN = "secrets"


class Unopened(Unavailable):
    """Secrets are kept, and cannot be opened."""


def of_trigger(trigger_id: int) -> str:
    """Return what the secrets of a trigger are sealed for."""
    return f"trigger/{trigger_id}"


def of_build(run_id: int) -> str:
    """Return what the secrets of a build, and so of each of its jobs, are sealed for; the id is that of its run."""
    return f"run/{run_id}"


def sealed(
    session: Session, settings: Settings, purpose: str, secrets: Mapping[str, str], now: datetime.datetime
) -> bytes | None:
    """Return secrets as they are kept, None where there are none."""
    if not secrets:
        return None
    keys = _configured(settings) or [_read(own_keys.key(session, OWN, now))]
    return sealing.seal(keys, purpose, secrets)


def opened(session: Session, settings: Settings, purpose: str, kept: bytes | None) -> dict[str, str]:
    """Return secrets that are kept for a purpose.

    Raises:
        Unopened: their key is not configured any more, or somebody has changed them.
    """
    if kept is None:
        return {}
    try:
        return sealing.unseal(_openers(session, settings, bytes(kept)), purpose, bytes(kept))
    except sealing.Unsealable as error:
        log.error("the secrets of %s cannot be opened: %s", purpose, error)
        raise Unopened(f"the secrets of {purpose} cannot be opened") from None


def _openers(session: Session, settings: Settings, kept: bytes) -> list[Key]:
    """Return the keys that may open something; the service's own is looked up only where it may be the one."""
    keys = _configured(settings)
    if keys and any(not sealing.stale([key], kept) for key in keys):
        return keys
    own = own_keys.found(session, OWN)
    return [*keys, _read(own)] if own else keys


def _configured(settings: Settings) -> list[Key]:
    return [sealing.read(key) for key in settings.jobserv_secrets_keys]


def _read(digits: str) -> Key:
    return sealing.read(base64.b64encode(bytes.fromhex(digits)).decode())
