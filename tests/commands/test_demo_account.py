"""``paddles demo --own``: whom it speaks for, where that is one's own service, and for how long."""

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from paddles.accounts import users
from paddles.app import serve
from paddles.commands import demo_account
from paddles.commands.demo_account import ADDRESS, NAME, listens_alone
from paddles.db.engine import Database
from paddles.db.work import read
from paddles.demo.wire import Refused, Wire
from paddles.settings import Settings
from tests.commands.conftest import Pecan
from tests.commands.test_demo import SMALL
from tests.commands.test_submit_over_http import listening
from tests.conftest import NOW
from tests.controllers.kernelci.wire import make_person


@pytest.fixture
def service(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the service, whose database the environment names."""
    monkeypatch.setenv("PADDLES_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("PADDLES_PASSWORD_MEMORY_KIB", "8")
    yield from listening(serve(database, settings))


def superusers(database: Database) -> list[str]:
    """Return who may do everything now."""
    return [row.username for row in read(database, users.everybody) if row.is_superuser and row.is_active]


def test_the_token_is_worth_something_meanwhile(service: str, database: Database) -> None:
    """It is an administrator's; afterwards it is void, and nobody may do everything. The next one is as good."""
    for _ in range(2):
        with demo_account.token(service, None, NOW) as token:
            assert Wire(service, token).send("GET", "/latest/whoami", as_admin=True)["is_superuser"]
            assert [NAME] == superusers(database)
        assert [] == superusers(database)
        with pytest.raises(Refused, match="401"):
            Wire(service, token).send("GET", "/latest/whoami", as_admin=True)


def test_the_account_sleeps_after_a_failure_too(service: str, database: Database) -> None:
    """Whatever ends the demo."""
    with pytest.raises(KeyboardInterrupt), demo_account.token(service, None, NOW):
        raise KeyboardInterrupt
    assert [] == superusers(database)


def test_nobody_else_becomes_an_administrator(service: str, database: Database, settings: Settings) -> None:
    """A user who is called as the account would be has another address, and stays who that is."""
    make_person(database, settings, NAME)

    with demo_account.token(service, None, NOW) as token:
        assert "" == token
        assert [] == superusers(database)
    (row,) = read(database, users.everybody)
    assert row.is_active
    assert row.email != ADDRESS


def test_whoever_has_the_name_and_the_address_gets_no_further(
    service: str, database: Database, settings: Settings
) -> None:
    """The token that somebody had of that account before is void before the account may do more."""
    person = make_person(database, settings, NAME)
    Wire(service, person.token).send("PATCH", "/latest/user/me", {"email": ADDRESS}, as_admin=True)

    with demo_account.token(service, None, NOW) as token:
        assert token
        with pytest.raises(Refused, match="401"):
            Wire(service, person.token).send("GET", "/latest/whoami", as_admin=True)


@pytest.mark.parametrize("url", ["http://paddles.example.org", "http://192.0.2.1:8080", "https://127.0.0.1"])
def test_elsewhere_there_is_no_token(service: str, database: Database, url: str) -> None:
    """Nothing is made, and nobody is asked."""
    with demo_account.token(url, None, NOW) as token:
        assert "" == token
    assert [] == read(database, users.everybody)


def test_a_service_of_another_database_is_given_none(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would not take it; one whose database has no tables of ours is not asked."""
    monkeypatch.setenv("PADDLES_SECRET_KEY", "another than that of the service, and long enough")
    with demo_account.token(service, None, NOW) as token:
        assert "" == token
    url = make_url(os.environ["PADDLES_DATABASE_URL"]).set(database="postgres")
    monkeypatch.setenv("PADDLES_DATABASE_URL", url.render_as_string(hide_password=False))
    with demo_account.token(service, None, NOW) as token:
        assert "" == token


def test_data_that_nobody_serves_stays_untouched(service: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No database is started to make a token."""
    monkeypatch.delenv("PADDLES_DATABASE_URL")

    with demo_account.token(service, tmp_path / "home", NOW) as token:
        assert "" == token
    assert not (tmp_path / "home").exists()


def test_a_port_is_ones_own_where_no_other_user_listens() -> None:
    """Whoever listens there, at either kind of address, may hear what is sent."""
    me = os.geteuid()
    with closing(socket.create_server(("127.0.0.1", 0))) as first:
        port = first.getsockname()[1]
        assert listens_alone(port, me)
        assert not listens_alone(port, me + 1)
    assert not listens_alone(port, me)
    with closing(socket.create_server(("::1", 0), family=socket.AF_INET6)) as second:
        assert listens_alone(second.getsockname()[1], me)


def test_a_demo_of_ones_own_has_projects(service: str, command: Pecan) -> None:
    """Without any token being given."""
    printed = command("demo", service, *SMALL, "--own")

    assert "demo: 21 builds of 3 projects\n" in printed
    assert "left out" not in printed
