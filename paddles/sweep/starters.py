"""Builds started by triggers that look for something to build: commits of repositories, and the time.

Repositories are asked while no transaction waits. What goes wrong with one trigger is noted there, and is no other's.
"""

import datetime
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Row

from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.errors import PaddlesError, Unavailable
from paddles.lab import sweeps
from paddles.projects import definition, git, polls, triggers, watched
from paddles.projects.git import Repository, Unread
from paddles.projects.polls import Change
from paddles.projects.vault import Unopened
from paddles.projects.watched import Watch
from paddles.settings import Settings

log = logging.getLogger(__name__)

NAME = "starters"
# How many triggers look at once, and how many are taken.
AT_ONCE, BATCH = 4, 16
# For how long one trigger begins to ask something new: others may have it when its claim is over.
LONGEST_S = 240
# A definition may have more faults than anybody wants to read twice.
LONGEST_FAULT = 1000


@dataclass
class Look:
    """One look of a trigger: with which secrets, since when, what it has brought about, and what went wrong."""

    database: Database
    settings: Settings
    trigger: Row[Any]
    now: datetime.datetime
    secrets: Mapping[str, str] = field(repr=False)
    begun: float = field(default_factory=time.monotonic)
    made: int = 0
    due: datetime.datetime | None = None
    faults: list[str] = field(default_factory=list)

    def repository(self, url: str) -> Repository:
        """Return a repository as this trigger asks it."""
        if time.monotonic() - self.begun > LONGEST_S:
            raise Unread("its repositories take too long, the others are looked at later")
        return Repository(url, self.secrets, self.settings.git_to_private)


def start(database: Database, settings: Settings, now: datetime.datetime) -> int:
    """Let the triggers look that are to look again, and return how many builds were made."""
    made = 0
    while taken := transact(database, lambda session: _claim(session, now)):
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="starter") as pool:
            made += sum(pool.map(lambda trigger: _one(database, settings, trigger, now), taken))
    return made


def _claim(session: Session, now: datetime.datetime) -> Sequence[Row[Any]]:
    taken = polls.claim(session, now, BATCH)
    sweeps.record(session, NAME, now, len(taken))
    return taken


def _one(database: Database, settings: Settings, trigger: Row[Any], now: datetime.datetime) -> int:
    look = Look(database, settings, trigger, now, {})
    try:
        look.secrets = read(database, lambda session: triggers.opened(session, trigger, settings))
        _look(look)
    except Unopened as error:
        look.faults.append(str(error))
    except Unavailable:
        raise
    except PaddlesError as error:
        look.faults.append(str(error))
    except Exception as error:
        log.exception("trigger %d of %s", trigger.id, trigger.project)
        look.faults.append(type(error).__name__)
    fault = "; ".join(look.faults)[:LONGEST_FAULT]
    if fault:
        log.warning("trigger %d of %s: %s", trigger.id, trigger.project, fault)
    again = now + datetime.timedelta(seconds=settings.git_poll_interval_s)
    if look.due and not fault:
        again = min(again, look.due)
    transact(database, partial(polls.done, trigger_id=trigger.id, fault=fault, now=now, again=again))
    return look.made


def _look(look: Look) -> None:
    found = _definition(look)
    if look.trigger.type == "schedule":
        look.made, look.due = transact(
            look.database,
            lambda session: polls.start_due(session, look.trigger, found, look.settings, look.now),
        )
        return
    for url, watches in watched.watched(found).items():
        try:
            for change in _changes(look, url, watches):
                look.made += _follow(look, change, found)
        except Unavailable:
            raise
        except PaddlesError as error:
            look.faults.append(str(error))


def _definition(look: Look) -> Any:
    """Return the definition of a trigger: of the branch that its repository has for its own."""
    trigger = look.trigger
    if not trigger.definition_repo:
        raise Unread("it has no definition_repo")
    repository = look.repository(trigger.definition_repo)
    head = git.refs(repository).head
    if head is None:
        raise Unread(f"{trigger.definition_repo}: it has no branch of its own")
    if head == trigger.definition_sha:
        return orjson.loads(trigger.definition)
    path = (trigger.definition_file or f"{trigger.project}.yml").lstrip("/")
    found = definition.checked(definition.parsed(git.file(repository, head, path).encode()))
    transact(look.database, lambda session: polls.keep(session, trigger.id, head, found))
    return found


def _changes(look: Look, url: str, watches: Sequence[Watch]) -> Iterator[Change]:
    """Yield the refs of a repository that lead elsewhere than when they were last seen, one after the other."""
    shas = git.refs(look.repository(url)).shas
    known = read(look.database, lambda session: polls.known(session, look.trigger.id, url))
    wanted = {ref: names for ref in shas if (names := watched.watchers(watches, ref))}
    new = {ref: shas[ref] for ref in wanted if ref not in known}
    gone = [ref for ref, seen in known.items() if ref not in shas and not seen.gone]
    if new or gone:
        transact(look.database, lambda session: polls.see(session, look.trigger.id, url, new, gone, look.now))
    for ref, names in wanted.items():
        seen = known.get(ref)
        if seen and (seen.gone or seen.sha != shas[ref]):
            yield Change(url, ref, seen.sha, shas[ref], names)


def _follow(look: Look, change: Change, found: Any) -> int:
    message = _message(look, change)
    params = orjson.dumps(change.params, option=orjson.OPT_INDENT_2).decode()
    reason = None if watched.skipped(message) else f"{params}\n\n{change.sha[:12]} {message.partition(chr(10))[0]}"
    work = partial(
        polls.follow,
        trigger=look.trigger,
        change=change,
        definition=found,
        reason=reason,
        settings=look.settings,
        now=look.now,
    )
    return transact(look.database, work)


def _message(look: Look, change: Change) -> str:
    """Return what a commit says, blank where that cannot be read: rather a build too many than one too few."""
    try:
        return git.message(look.repository(change.url), change.sha)
    except Unread as error:
        log.warning("trigger %d of %s: %s", look.trigger.id, look.trigger.project, error)
        return ""
