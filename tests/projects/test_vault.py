"""Secrets in their place: by the keys of the settings, or one that the service has made for itself."""

from typing import Any

import pytest

from paddles import settings as configuration
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import Invalid, Unavailable
from paddles.projects import sealing, vault
from paddles.settings import Settings
from tests.conftest import NOW
from tests.units import rows

SECRETS = {"a": "1", "b": ""}
FIRST, SECOND = sealing.fresh(), sealing.fresh()


def by(settings: Settings, *keys: str) -> Settings:
    """Return settings with these keys."""
    return settings.model_copy(update={"jobserv_secrets_keys": keys})


def sealed(database: Database, settings: Settings, purpose: str = "trigger/1") -> bytes:
    """Seal secrets."""
    kept = transact(database, lambda session: vault.sealed(session, settings, purpose, SECRETS, NOW))
    assert kept is not None
    return kept


def opened(database: Database, settings: Settings, kept: Any, purpose: str = "trigger/1") -> dict[str, str]:
    """Open secrets, on a connection that cannot write."""
    return read(database, lambda session: vault.opened(session, settings, purpose, kept))


def test_without_a_key_the_service_makes_one(database: Database, settings: Settings) -> None:
    """Once, in the database; it opens what it has sealed also when there are others later."""
    kept = [sealed(database, settings) for _ in range(2)]

    assert 1 == len(rows(database, "SELECT FROM signing_keys"))
    for later in (settings, by(settings, FIRST)):
        assert [SECRETS, SECRETS] == [opened(database, later, each) for each in kept]


def test_a_key_is_replaced(database: Database, settings: Settings) -> None:
    """The first one seals, all open; nothing is kept in the database."""
    old = sealed(database, by(settings, FIRST))
    new = sealed(database, by(settings, SECOND, FIRST))

    assert [SECRETS, SECRETS] == [opened(database, by(settings, SECOND, FIRST), each) for each in (old, new)]
    assert SECRETS == opened(database, by(settings, SECOND), new)
    assert [] == rows(database, "SELECT FROM signing_keys")


def test_what_cannot_be_opened_is_said(database: Database, settings: Settings) -> None:
    """The key is not there any more, or it is for something else, or was changed."""
    kept = sealed(database, by(settings, FIRST))

    for later, each, purpose in (
        (by(settings, SECOND), kept, "trigger/1"),
        (settings, kept, "trigger/1"),
        (by(settings, FIRST), kept, "trigger/2"),
        (by(settings, FIRST), kept[:-1] + bytes([kept[-1] ^ 1]), "trigger/1"),
        (by(settings, FIRST), b"plain", "trigger/1"),
    ):
        with pytest.raises(Unavailable, match=purpose):
            opened(database, later, each, purpose)


def test_no_secrets_are_nothing(database: Database, settings: Settings) -> None:
    """Neither kept nor found."""
    assert transact(database, lambda session: vault.sealed(session, settings, "run/1", {}, NOW)) is None
    assert {} == opened(database, settings, None)


def test_keys_are_read_as_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """With commas between them; what is no key is refused before the service begins, and not repeated."""
    monkeypatch.setenv("PADDLES_JOBSERV_SECRETS_KEYS", f"{FIRST}, {SECOND}")
    assert (FIRST, SECOND) == configuration.load().jobserv_secrets_keys

    monkeypatch.setenv("PADDLES_JOBSERV_SECRETS_KEYS", "c2hvcnQ=")
    with pytest.raises(Invalid, match="jobserv_secrets_keys") as caught:
        configuration.load()
    assert "c2hvcnQ" not in str(caught.value)
