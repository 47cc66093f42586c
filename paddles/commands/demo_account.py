"""Whom a demo of one's own service speaks for: an account that may do everything as long as the demo lasts."""

import datetime
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paddles import settings as configuration
from paddles.accounts import identity, passwords, users
from paddles.accounts.access import NOBODY
from paddles.accounts.users import Changes, NewUser
from paddles.commands.command import connected
from paddles.db import embedded, migrations
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.demo import filling
from paddles.demo.wire import Refused, Wire
from paddles.settings import Settings

NAME, ADDRESS = "demo", "demo@localhost"
HERE = ("127.0.0.1", "::1", "localhost")
# The state of a socket that listens (proc(5), include/net/tcp_states.h).
LISTENS = "0A"
TABLES = ("/proc/net/tcp", "/proc/net/tcp6")


@contextmanager
def token(url: str, data: Path | None, now: datetime.datetime) -> Iterator[str]:
    """Give a token of an administrator, which is void afterwards; blank where the service at ``url`` is not one's own.

    It is, where a process of this user alone listens at that port of this machine, and where it takes the token: its
    database is that of ``./dev up``, with its data in ``data`` or where they usually are. Nothing is started for this.
    """
    settings = configuration.load(None, **({"home": data.absolute()} if data else {}))
    wire = Wire(url)
    port = wire.port or (80 if wire.url.startswith("http:") else 443)
    if wire.host not in HERE or not listens_alone(port, os.geteuid()) or not _runs(settings):
        yield ""
        return
    with connected(settings) as database:
        made = _begin(database, settings, now)
        try:
            yield made if made and _taken(url, made) else ""
        finally:
            if made:
                _end(database)


def listens_alone(port: int, uid: int) -> bool:
    """Return whether somebody listens on a TCP port of this machine, at whatever address, and all who do are a user."""
    lines = (line for table in map(Path, TABLES) if table.exists() for line in table.read_text().splitlines()[1:])
    sockets = (line.split() for line in lines)
    found = {int(each[7]) for each in sockets if each[3] == LISTENS and int(each[1].rpartition(":")[2], 16) == port}
    return found == {uid}


def _runs(settings: Settings) -> bool:
    return bool(settings.database_url) or embedded.status(settings.home or embedded.default_home()).ready


def _begin(database: Database, settings: Settings, now: datetime.datetime) -> str:
    """Make the account, or wake it, and return a token; blank where others are called so, or it has no place."""
    if read(database, migrations.current) != migrations.head():
        return ""
    hashed = passwords.hashed(secrets.token_urlsafe(32), settings.password_memory_kib)

    def work(session: Session) -> str:
        there = users.by_name(session, NAME)
        if there is not None and there.email != ADDRESS:
            return ""
        user_id = there.id if there else users.create(session, NewUser(NAME, ADDRESS, hashed), NOBODY, now)
        if (user := users.locked(session, user_id)) is not None:
            # With a new password whatever anybody had of this account before is void.
            awake = Changes(password=hashed, is_active=True, is_verified=True, is_superuser=True)
            users.change(session, user, awake, NOBODY)
        raised = users.by_id(session, user_id)
        return identity.access_token(session, settings, raised, now) if raised else ""

    try:
        return transact(database, work)
    except users.Taken:
        return ""


def _end(database: Database) -> None:
    """Have the account sleep: it may do nothing any more, and its tokens are void."""

    def work(session: Session) -> None:
        there = users.by_name(session, NAME)
        user = there and users.locked(session, there.id)
        if user is not None:
            users.change(session, user, Changes(is_active=False, is_superuser=False), NOBODY)

    transact(database, work)


def _taken(url: str, made: str) -> bool:
    wire = Wire(url, made)
    try:
        filling.check_token(wire)
    except Refused:
        return False
    finally:
        wire.close()
    return True
