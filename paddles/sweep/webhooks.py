"""Webhooks told: what has happened becomes due, what is due is sent, signed, and tried again where it is not taken."""

import datetime
import json
import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Row

from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.events import asking, signatures, webhooks
from paddles.lab import sweeps
from paddles.settings import Settings

log = logging.getLogger(__name__)

NAME = "webhooks"
KIND = "application/cloudevents+json"


def send(database: Database, settings: Settings, now: datetime.datetime) -> int:
    """Tell webhooks of what has happened; return how many deliveries they took. No transaction waits for them."""
    _enqueue_all(database, settings, now)
    taken = transact(database, lambda session: webhooks.take(session, now))
    return asking.tell_each(
        taken, lambda delivery: delivery.webhook_id, lambda due: _tell(database, settings, due, now)
    )


def _enqueue_all(database: Database, settings: Settings, now: datetime.datetime) -> None:
    while transact(database, lambda session: _enqueue(session, settings, now)):
        pass


def _enqueue(session: Session, settings: Settings, now: datetime.datetime) -> int:
    made = webhooks.enqueue(session, now, settings.event_source)
    sweeps.record(session, NAME, now, made)
    return made


def _tell(database: Database, settings: Settings, due: Sequence[Row[Any]], now: datetime.datetime) -> int:
    """Send the deliveries of one webhook in order, until one is not taken; return how many were."""
    for at, delivery in enumerate(due):
        fault = _post(delivery, settings.webhooks_to_private, now)
        if fault:
            log.info("delivery %d of webhook %d not taken: %s", delivery.id, delivery.webhook_id, fault)
            transact(database, partial(webhooks.failed, delivery=delivery, fault=fault, now=now))
            return at
        transact(database, partial(webhooks.told, delivery_id=delivery.id))
    return len(due)


def _post(delivery: Row[Any], private: bool, now: datetime.datetime) -> str:
    """Send an event; return why it was not taken, blank where it was."""
    body = bytes(delivery.event)
    message_id, seconds = str(json.loads(body)["id"]), int(now.timestamp())
    headers = {
        "Content-Type": KIND,
        "User-Agent": "paddles",
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signatures.sign(delivery.secret, message_id, seconds, body),
    }
    return asking.post(delivery.url, body, headers, private=private)
