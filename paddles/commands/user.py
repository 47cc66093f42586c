"""``pecan user``: users made and looked after where no token is needed, on the machine itself."""

import datetime
import secrets
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from paddles.accounts import addresses, grants, groups, identity, passwords, users
from paddles.accounts.access import ALLOWS, NOBODY
from paddles.accounts.users import Changes, NewUser, Taken
from paddles.commands.command import DONE, DatabaseCommand, words
from paddles.commands.configuring import Misuse
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.errors import Invalid, NotFound, PaddlesError
from paddles.settings import Settings

LONGEST_NAME, LONGEST_PASSWORD = 256, 1024


class User(DatabaseCommand):
    """Make users, list them, and look after them.

    `create NAME --email ADDRESS`, with `--admin` one who may do everything; `list`; `reset NAME` sets a new password;
    `token NAME` prints a token; `verify NAME`, `activate NAME`, `deactivate NAME`, `delete NAME`. A password is made
    and printed unless it comes on the standard input (`--password-stdin`). Users made here are verified.

    `grant NAME --scope read|report|machine` makes a token for a program that is no user, and prints it this once;
    `grants` lists them, `revoke NAME` takes one back.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"name": "action", "nargs": "?", "type": words, "help": "one of those above"},
        {"name": "username", "nargs": "?", "type": words, "help": "whom it is about"},
        {"name": "--email", "type": words, "help": "the address of a new user"},
        {"name": "--admin", "action": "store_true", "help": "the new user may do everything"},
        {"name": "--group", "action": "append", "default": [], "type": words, "help": "a group of the new user"},
        {"name": "--scope", "choices": tuple(ALLOWS), "default": "report", "help": "what a program may"},
        {"name": "--password-stdin", "action": "store_true", "help": "read the password, one line"},
    )

    def run(self, args: Namespace) -> None:
        """Take the first word for the configuration unless it says what to do."""
        if args.config_file in ACTIONS:
            args.config_file, args.action, args.username = None, args.config_file, args.action
        super().run(args)

    def execute(self, settings: Settings) -> int:
        """Check what is asked for before the database is touched."""
        if self.args.action not in ACTIONS:
            raise Misuse(f"say what to do: {', '.join(ACTIONS)}")
        if self.args.action not in ("list", "grants") and not self.args.username:
            raise Misuse(f"{self.args.action}: say who")
        return super().execute(settings)

    def work(self, database: Database, settings: Settings) -> int:
        """Do it."""
        ACTIONS[self.args.action](database, settings, self.args, self.now)
        return DONE


def _create(database: Database, settings: Settings, args: Namespace, now: datetime.datetime) -> None:
    name = args.username
    if not args.email:
        raise Misuse("create: say the address, --email")
    if len(name) > LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise Invalid("a name is printable, without blanks around it")
    email = addresses.checked(args.email)
    password, hashed = _password(settings, args)
    new = NewUser(name, email, hashed, args.group, is_verified=True, is_superuser=args.admin)

    def create(session: Session) -> str:
        missing = groups.unknown(session, args.group)
        if missing is not None:
            raise Invalid(f"there is no group {missing}")
        return users.create(session, new, NOBODY, now)

    try:
        user_id = transact(database, create)
    except Taken as error:
        raise PaddlesError(str(error)) from None
    print(name, user_id)
    _show(args, password)


def _list(database: Database, settings: Settings, args: Namespace, now: datetime.datetime) -> None:
    for row in read(database, users.everybody):
        flags = [name for name in ("is_superuser", "is_verified", "is_active") if getattr(row, name)]
        print(row.id, row.username, row.email, ",".join(flags) or "-", ",".join(row.groups) or "-", sep="\t")


def _reset(database: Database, settings: Settings, args: Namespace, now: datetime.datetime) -> None:
    password, hashed = _password(settings, args)
    _change(Changes(password=hashed))(database, settings, args, now)
    _show(args, password)


def _token(database: Database, settings: Settings, args: Namespace, now: datetime.datetime) -> None:
    def token(session: Session) -> str:
        user = _named(session, args.username)
        if not user.is_active:
            raise Invalid(f"{args.username} is not active")
        return identity.access_token(session, settings, user, now)

    print(transact(database, token))


def _delete(database: Database, settings: Settings, args: Namespace, now: datetime.datetime) -> None:
    transact(database, lambda session: users.delete(session, _named(session, args.username), NOBODY))


def _grant(database: Database, settings: Settings, args: Namespace, now: datetime.datetime) -> None:
    print(transact(database, lambda session: grants.make(session, args.username, args.scope, now)))


def _grants(database: Database, settings: Settings, args: Namespace, now: datetime.datetime) -> None:
    for row in read(database, grants.listed):
        print(row.name, row.scope, row.created.isoformat(timespec="seconds"), sep="\t")


def _revoke(database: Database, settings: Settings, args: Namespace, now: datetime.datetime) -> None:
    transact(database, lambda session: grants.revoke(session, args.username))


def _change(changes: Changes) -> Callable[..., None]:
    def change(database: Database, settings: Settings, args: Namespace, now: datetime.datetime) -> None:
        transact(database, lambda session: users.change(session, _named(session, args.username), changes, NOBODY))

    return change


def _named(session: Session, name: str) -> Any:
    found = users.by_name(session, name)
    user = found and users.locked(session, found.id)
    if user is None:
        raise NotFound(f"there is no user {name}")
    return user


def _password(settings: Settings, args: Namespace) -> tuple[str, str]:
    """Return a password, read or made, and its hash."""
    password = sys.stdin.readline().rstrip("\n") if args.password_stdin else secrets.token_urlsafe(15)
    if not 0 < len(password) <= LONGEST_PASSWORD or "\0" in password:
        raise Invalid(f"a password has 1 to {LONGEST_PASSWORD} characters")
    return password, passwords.hashed(password, settings.password_memory_kib)


def _show(args: Namespace, password: str) -> None:
    if not args.password_stdin:
        print("password", password)


ACTIONS: Mapping[str, Callable[[Database, Settings, Namespace, datetime.datetime], None]] = {
    "create": _create,
    "list": _list,
    "reset": _reset,
    "token": _token,
    "verify": _change(Changes(is_verified=True)),
    "activate": _change(Changes(is_active=True)),
    "deactivate": _change(Changes(is_active=False)),
    "delete": _delete,
    "grant": _grant,
    "grants": _grants,
    "revoke": _revoke,
}
