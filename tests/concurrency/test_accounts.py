"""Accounts when several ask at once: names are one user's, tokens of mails are good once, counts are exact."""

import datetime
from collections import Counter
from typing import Any

from paddles.accounts import groups, identity, limits, mails, recovery, users
from paddles.accounts.access import NOBODY
from paddles.accounts.users import Changes, NewUser, Taken
from paddles.app import serve
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.settings import Settings
from paddles.sweep import administrator
from tests.client import Client
from tests.concurrency.threads import together
from tests.conftest import NOW
from tests.controllers.kernelci.wire import Api, Person, make_person

MANY = 8


def outcome(database: Database, work: Any) -> str:
    """Do some work and return how it ended."""
    try:
        transact(database, work)
    except Taken as error:
        return str(error)
    return "done"


def test_a_name_becomes_one_users(database: Database) -> None:
    """Made or renamed, with one name or one address in different cases: one is first, and nobody sees a 5xx."""

    def make(number: int) -> str:
        same = {"username": "ann"} if number % 2 else {"email": "Ann@example.org" if number % 4 else "ann@example.org"}
        said = {"username": f"u{number}", "email": f"u{number}@example.org", **same}
        return outcome(database, lambda session: users.create(session, NewUser(**said, password="x"), NOBODY, NOW))

    ended = Counter(together(MANY, make))

    assert {"done": 2, "the username is taken": MANY // 2 - 1, "the e-mail address is taken": MANY // 2 - 1} == ended


def test_a_name_is_taken_once(database: Database, settings: Settings) -> None:
    """Several users change to it at once."""
    people = [make_person(database, settings, f"u{number}") for number in range(MANY)]

    def rename(number: int) -> str:
        def work(session: Any) -> None:
            user = users.by_id(session, people[number].id)
            assert user is not None
            users.change(session, user, Changes(username="ann"), NOBODY)

        return outcome(database, work)

    assert {"done": 1, "the username is taken": MANY - 1} == Counter(together(MANY, rename))


def test_one_administrator_is_made(database: Database, settings: Settings) -> None:
    """However many processes start at once."""
    own = settings.model_copy(update={"admin_password": "hush"})

    assert 1 == sum(together(MANY, lambda number: administrator.ensure(database, own, NOW)))
    assert 1 == len(read(database, users.everybody))


def test_one_key_is_made(database: Database, settings: Settings) -> None:
    """And all sign with it."""
    keys = together(MANY, lambda number: transact(database, lambda session: identity.key(session, settings, NOW)))

    assert 1 == len(set(keys))


def test_attempts_are_counted_exactly(database: Database) -> None:
    """However many processes count."""
    counted = (limits.Limit("x", "y", 3 * MANY),)

    def attempt(number: int) -> None:
        for _ in range(3):
            transact(database, lambda session: limits.count(session, counted, NOW))

    together(MANY, attempt)

    with Session(database.reader) as session:
        assert [3 * MANY] == [row.n_made for row in session.execute(limits.FIND, {
            "keys": [counted[0].key], "before": NOW - limits.WINDOW})]  # fmt: skip


def test_a_token_sets_one_password(database: Database, settings: Settings) -> None:
    """Of several that come with it at once."""
    ann: Person = make_person(database, settings, "ann")
    now = datetime.datetime.now(datetime.UTC)

    def make(session: Any) -> str:
        user = users.by_id(session, ann.id)
        assert user is not None
        return recovery.token(session, settings, "reset", user, now)

    token = transact(database, make)
    app = serve(database, settings)

    def reset(number: int) -> int:
        body = {"token": token, "password": f"p{number}"}
        answer = Api(Client(app)).post("/latest/user/reset-password", body, status="*")
        return int(answer.status_int)

    ended = Counter(status for status in together(2, reset) if status != 503)
    assert 1 == ended[200], ended
    assert {200, 400} >= set(ended)


def test_a_group_is_joined_and_taken_away_at_once(database: Database, settings: Settings) -> None:
    """Whoever comes later finds it gone; nobody sees an error."""
    people = [make_person(database, settings, f"u{number}") for number in range(MANY)]
    made = transact(database, lambda session: groups.create(session, "lab", NOBODY, NOW))

    def work(number: int) -> None:
        def join(session: Any) -> None:
            user = users.locked(session, people[number].id)
            assert user is not None
            users.change(session, user, Changes(groups=["lab"]), NOBODY)

        if number == MANY // 2:
            transact(database, lambda session: groups.delete(session, made, NOBODY, with_members=True))
        else:
            transact(database, join)

    together(MANY, work)

    assert [()] * MANY == [tuple(row.groups) for row in read(database, users.everybody)]


def test_a_mail_is_taken_by_one(database: Database) -> None:
    """However many sweeps look for it."""
    for _ in range(MANY):
        transact(database, lambda session: mails.note(session, "welcome", "a@b.c", NOW))

    taken = together(MANY, lambda number: [row.id for row in transact(database, lambda s: mails.take(s, NOW, 2))])

    assert MANY == len({each for some in taken for each in some}) == sum(map(len, taken))
