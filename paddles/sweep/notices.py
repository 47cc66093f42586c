"""Notices sent: when a build is over, its webhooks and its mails; when a surge begins or ends, mails to operators.

What has happened is read from the log, and what is to be sent is noted in the transaction that moves on in it: nothing
is lost, and nothing noted twice, whenever this ends.
"""

import datetime
import logging
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Row

from paddles.accounts import mails
from paddles.controllers.jobserv import build_words, words
from paddles.controllers.jobserv.build_words import Shown
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.events import asking, followers, webhooks
from paddles.lab import sweeps
from paddles.projects import notices, search
from paddles.projects.notices import Due
from paddles.settings import Settings
from paddles.sweep import notice_words

log = logging.getLogger(__name__)

NAME = "notices"
CHANNELS = ("project", "queue")
AT_ONCE = 100
ENDS = {"build.pass": "pass", "build.fail": "fail"}
SURGES = ("queue.surged", "queue.calmed")
# What is not begun by then is somebody else's again before long.
LAST_BEGUN_S = webhooks.CLAIM_S / 2


def send(database: Database, settings: Settings, now: datetime.datetime) -> int:
    """Note who is to be told of what has happened, and tell webhooks; return how many took it. Mails are sent as others
    are."""
    while transact(database, lambda session: note(session, settings, now)) == AT_ONCE:
        pass
    taken = transact(database, lambda session: notices.take(session, settings, now))
    return asking.tell_each(taken, lambda due: due.url, lambda due: _tell(database, settings, due, now))


def note(session: Session, settings: Settings, now: datetime.datetime) -> int:
    """Note who is to be told of the next events, and return how many events these were."""
    page = followers.read(session, NAME, CHANNELS, AT_ONCE)
    for event in page.events:
        # What has an owner was said by a user.
        if event.owner is None and event.type in ENDS:
            _note_end(session, settings, event, now)
        elif event.owner is None and event.type in SURGES and settings.notification_emails:
            said = orjson.loads(event.data)
            letter = notice_words.of_surge(event.type, said["queue"], said["waiting"])
            mails.notify(session, settings.notification_emails, *letter, now)
    followers.move(session, NAME, page.upto)
    sweeps.record(session, NAME, now, len(page.events))
    return len(page.events)


def _note_end(session: Session, settings: Settings, event: Row[Any], now: datetime.datetime) -> None:
    said = orjson.loads(event.data)
    project, number, status = said["project"], said["number"], ENDS[event.type]
    told = notices.about(session, project, number, status)
    if told is None or not (told.mails or told.hooks):
        return
    shown = Shown(settings.base_url, project, settings)
    # It may be under way again by now.
    build = {
        **next(build_words.detailed(shown, search.one(session, project, number))),
        "status": words.BUILD[status],
    }
    if told.hooks:
        notices.add(session, told, orjson.dumps(build), now)
    if told.mails:
        letter = notice_words.of_build(project, build, notices.verdicts(session, project, number))
        mails.notify(session, told.mails, *letter, now)


def _tell(database: Database, settings: Settings, due: Sequence[Due], now: datetime.datetime) -> int:
    """Tell one address what is due, until it does not take something; return how much it took."""
    begun = time.monotonic()
    for at, each in enumerate(due):
        if time.monotonic() - begun > LAST_BEGUN_S:
            return at
        fault = each.fault or _post(each, private=settings.webhooks_to_private)
        if fault:
            log.warning("notice %d not taken: %s", each.id, fault)
            behind = [other.id for other in due[at + 1 :]]
            transact(database, partial(notices.failed, due=each, behind=behind, fault=fault, now=now))
            return at
        transact(database, partial(notices.told, notice_id=each.id))
    return len(due)


def _post(due: Due, *, private: bool) -> str:
    headers = {"Content-Type": "application/json", "User-Agent": "paddles", "X-JobServ-Sig": due.signature}
    # The same however often it is told, so that whoever hears it twice can know.
    headers["X-JobServ-Delivery"] = str(due.id)
    return asking.post(due.url, due.body, headers, private=private)
