"""``pecan user``: users made and looked after on the machine itself."""

import io
from pathlib import Path

import pytest

from paddles.accounts import groups, users
from paddles.accounts.access import NOBODY
from paddles.app import serve
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.settings import Settings
from tests.client import Client
from tests.commands.conftest import Pecan
from tests.conftest import NOW
from tests.controllers.kernelci.wire import Api


@pytest.fixture
def api(database: Database, settings: Settings) -> Api:
    """KernelCI's API."""
    return Api(Client(serve(database, settings)))


def test_an_administrator_is_made(pecan: Pecan, api: Api) -> None:
    """With a password that is printed once, and by which it can log in."""
    printed = pecan("user", "create", "root", "--email", "root@example.org", "--admin").split()

    assert ["root", "password"] == [printed[0], printed[2]]
    api.get("/latest/user-groups", token=api.login("root", printed[3]))


def test_a_password_is_read(pecan: Pecan, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the standard input; then nothing prints it."""
    monkeypatch.setattr("sys.stdin", io.StringIO("my own\n"))

    assert "my own" not in pecan("user", "create", "ann", "--email", "ann@example.org", "--password-stdin")

    api.get("/latest/whoami", token=api.login("ann", "my own"))


def test_users_are_looked_after(pecan: Pecan, api: Api, database: Database) -> None:
    """Tokens, new passwords, an end of activity, and of the user."""
    transact(database, lambda session: groups.create(session, "lab", NOBODY, NOW))
    pecan("user", "create", "ann", "--email", "ann@example.org", "--group", "lab")
    assert "\tann\tann@example.org\tis_verified,is_active\tlab\n" in pecan("user", "list")

    token = pecan("user", "token", "ann").strip()
    assert "ann" == api.get("/latest/whoami", token=token).json["username"]
    password = pecan("user", "reset", "ann").split()[1]
    api.get("/latest/whoami", token=token, status=401)
    api.login("ann", password)
    pecan("user", "deactivate", "ann")
    pecan("user", "token", "ann", code=1)
    pecan("user", "activate", "ann")
    pecan("user", "verify", "ann")
    pecan("user", "delete", "ann")
    assert read(database, lambda session: users.by_name(session, "ann")) is None


@pytest.mark.parametrize(("words", "code", "said"), [
    ((), 2, "say what to do"), (("dance",), 2, "say what to do"), (("reset",), 2, "say who"),
    (("create", "ann"), 2, "--email"), (("create", "ann", "--email", "x"), 1, "e-mail address"),
    (("create", " ann", "--email", "a@b.c"), 1, "printable"),
    (("create", "ann", "--email", "a@b.c", "--group", "none"), 1, "there is no group none"),
    (("reset", "nobody"), 1, "there is no user nobody"), (("delete", "nobody"), 1, "there is no user nobody"),
])  # fmt: skip
def test_what_cannot_be_done_is_said(pecan: Pecan, words: tuple[str, ...], code: int, said: str) -> None:
    """In one line."""
    assert said in pecan("user", *words, code=code)


def test_nobody_is_made_twice(pecan: Pecan) -> None:
    """Neither by name nor by address."""
    pecan("user", "create", "ann", "--email", "ann@example.org")

    assert "username is taken" in pecan("user", "create", "ann", "--email", "other@example.org", code=1)
    assert "address is taken" in pecan("user", "create", "bob", "--email", "ANN@example.org", code=1)


def test_the_configuration_may_be_named_by_the_environment(
    config_file: Path, command: Pecan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the first word says what to do."""
    monkeypatch.setenv("PECAN_CONFIG", str(config_file))

    assert "" == command("user", "list")


def test_programs_are_granted_tokens(pecan: Pecan, database: Database, settings: Settings) -> None:
    """Shown once, listed without, and taken back."""
    token = pecan("user", "grant", "smithi", "--scope", "read").strip()
    client = Client(serve(database, settings.model_copy(update={"results_access": "token"})))
    client.send("GET", "/runs/", HTTP_AUTHORIZATION=f"Bearer {token}")

    listed = pecan("user", "grants")
    assert listed.startswith("smithi\tread\t")
    assert token not in listed
    assert "there is a grant smithi" in pecan("user", "grant", "smithi", code=1)
    pecan("user", "revoke", "smithi")
    client.send("GET", "/runs/", status=401, HTTP_AUTHORIZATION=f"Bearer {token}")
    assert "there is no grant smithi" in pecan("user", "revoke", "smithi", code=1)
