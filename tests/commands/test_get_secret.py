"""``pecan get_secret``: where the database is, for scripts."""

from pathlib import Path

import pytest
from pecan.commands import CommandRunner

from paddles import settings
from tests.commands.conftest import process

URL = "postgresql://paddles:s3cret@db.example/paddles"


def test_a_mounted_secret_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The content of the file, whatever the environment says, and no newline."""
    (tmp_path / "paddles_sqlalchemy_url").write_text(URL + "\n")
    monkeypatch.setattr(settings, "SECRETS", tmp_path)
    monkeypatch.setenv("PADDLES_SQLALCHEMY_URL", "postgresql://elsewhere/paddles")

    CommandRunner().run(["get_secret"])

    assert capsys.readouterr().out == URL


def test_the_environment_comes_next() -> None:
    """As it was written, and no newline."""
    assert process("get_secret", PADDLES_SQLALCHEMY_URL=URL).stdout == URL


def test_the_other_variables_of_the_settings_count_too() -> None:
    """Whatever tells the service its database tells this command."""
    assert process("get_secret", DATABASE_URL=URL).stdout == settings.normalise(URL)


def test_the_embedded_server_is_named_and_not_started(tmp_path: Path) -> None:
    """Where nothing is set, the address that the embedded server has when it runs; nothing is made for it."""
    home = tmp_path / "home"

    printed = process("get_secret", PADDLES_HOME=str(home)).stdout

    assert printed == f"postgresql+psycopg2://paddles@/paddles?host={home}/run&port=5432"
    assert not home.exists()


def test_bad_settings_are_one_line_and_1() -> None:
    """An environment that makes no sense is told so."""
    assert process("get_secret", code=1, PADDLES_POOL_SIZE="none").stderr.startswith("paddles: bad settings: pool_size")
