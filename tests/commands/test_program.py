"""``paddles <command>``: all that ``pecan`` does, without a configuration file in every line."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pecan.commands import CommandRunner

from paddles import __version__
from paddles.commands import program
from paddles.settings import Settings
from tests.commands.conftest import write_config
from tests.processes import environment
from tests.test_docs import packaging

COMMANDS = [entry.partition(" ")[0] for entry in packaging()["entry_points"]["pecan.command"]]
PROGRAM = [sys.executable, "-m", "paddles.commands.program"]


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A directory without a configuration, and none in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("PADDLES_CONFIG", "PECAN_CONFIG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def logs() -> Iterator[None]:
    """The root's handlers as they were, afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in set(root.handlers) - set(handlers):
        handler.close()
    root.handlers[:], root.level = handlers, level


def paddles(capsys: pytest.CaptureFixture[str], *words: str | Path, code: int = 0) -> str:
    """Run ``paddles`` in this process and return what it prints; it must end with ``code``."""
    ended = 0
    try:
        program.main([str(word) for word in words])
    except SystemExit as error:
        ended = int(error.code or 0)
    printed = capsys.readouterr()
    assert code == ended, printed
    return printed.out + printed.err


def test_every_command_of_pecan_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    """By the same name, with a line about it in the list, and with what it takes in its own help."""
    listed = paddles(capsys, "--help")

    assert set(COMMANDS) == {name for name in CommandRunner().commands if f"\n    {name}" in listed}
    for name in COMMANDS:
        shown = paddles(capsys, name, "--help")
        assert all(option in shown for option in ("--config", "-d, --debug", "-l F, --log-filename F"))
        assert "config_file" not in shown


def test_it_is_installed_as_paddles() -> None:
    """The console script is the function that is tested here."""
    assert ["paddles = paddles.commands.program:main"] == packaging()["entry_points"]["console_scripts"]


def test_it_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a database or a configuration."""
    assert f"paddles {__version__}\n" == paddles(capsys, "--version")


@pytest.mark.parametrize("words", [[], ["fly"], ["recount", "config.py"], ["recount", "--repair"], ["recount", "-l"]])
def test_bad_words_exit_2(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    """What cannot be meant is refused, with the reason last; a configuration file is named by its option alone."""
    assert "error: " in paddles(capsys, *words, code=2).splitlines()[-1]


@pytest.mark.parametrize("place", ["named", "PADDLES_CONFIG", "PECAN_CONFIG", "here"])
def test_a_configuration_is_found(
    capsys: pytest.CaptureFixture[str], config_file: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """By its option, by either variable, or because it lies here."""
    if place.isupper():
        monkeypatch.setenv(place, str(config_file))
    monkeypatch.chdir(config_file.parent if place == "here" else "/")

    words = ["--config", config_file] if place == "named" else []

    assert paddles(capsys, "recount", *words).startswith("0 runs counted")


def test_without_a_configuration_the_environment_does(
    capsys: pytest.CaptureFixture[str], config_file: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """The database's address is enough."""
    config_file.unlink()
    monkeypatch.setenv("PADDLES_DATABASE_URL", settings.database_url)

    assert paddles(capsys, "recount").startswith("0 runs counted")


def test_a_configuration_that_is_not_there_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    """One that is named must be there."""
    said = paddles(capsys, "recount", "--config", "conifg.py", code=2)

    assert "paddles: the configuration file conifg.py does not exist\n" == said


def test_a_database_that_cannot_be_reached_exits_3(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Apart from what is wrong here, so that whoever watches knows whom to ask."""
    write_config(tmp_path, "postgresql://nobody@127.0.0.1:1/none")

    assert "the database is unavailable" in paddles(capsys, "recount", code=3)


def test_the_log_is_shown_and_kept(config_file: Path, tmp_path: Path) -> None:
    """With --debug and a file both have the same lines: time - level - file@function: message."""
    words = [*PROGRAM, "recount", "-d", "-l", str(tmp_path / "log")]
    done = subprocess.run(words, capture_output=True, text=True, env=environment(), check=True, cwd=config_file.parent)

    assert (tmp_path / "log").read_text() == done.stderr
    assert " - DEBUG - session.py@_filled: " in done.stderr
    assert done.stdout.startswith("0 runs counted")


def test_a_log_file_that_cannot_be_written_exits_2(
    capsys: pytest.CaptureFixture[str], config_file: Path, tmp_path: Path, logs: None
) -> None:
    """Before anything is done."""
    said = paddles(capsys, "recount", "-l", tmp_path / "no" / "log", code=2)

    assert f"paddles: cannot log to {tmp_path}/no/log: No such file or directory\n" == said


def test_settings_are_shown_with_where_they_were_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each has its line; the strongest place counts, and defaults say so."""
    (tmp_path / "config.py").write_text("pool_size = 3\nlab = 'one'\nfeed_days = 1\n")
    (tmp_path / "config_local.py").write_text("lab = 'two'\n")
    monkeypatch.setenv("DRP_DAYS", "7")
    monkeypatch.setenv("PADDLES_TIMEZONE", "Asia/Tokyo")
    monkeypatch.setenv("PADDLES_ADDRESS", "")

    rows = [line.split("\t") for line in paddles(capsys, "config", "show").splitlines()]

    assert sorted(Settings.model_fields) == [row[0] for row in rows]
    shown = {name: (value, where) for name, value, where in rows}
    assert {
        "pool_size": ("3", "config.py"), "lab": ("two", "config_local.py"), "retain_days": ("7", "DRP_DAYS"),
        "timezone": ("Asia/Tokyo", "PADDLES_TIMEZONE"), "address": ("", "default"), "home": ("none", "default"),
    }.items() <= shown.items()  # fmt: skip


def test_no_secret_is_shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither keys nor passwords in addresses, wherever they were said."""
    monkeypatch.setenv("SECRET_KEY", "sesame" * 8)
    monkeypatch.setenv("EMAIL_PASSWORD", "sesame")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:ses@me@h/db")

    shown = paddles(capsys, "config", "show")

    assert "sesame" not in shown
    assert "ses@me" not in shown
    assert "secret_key\t***\tSECRET_KEY\n" in shown
    assert "database_url\tpostgresql+psycopg2://u:***@h/db\tDATABASE_URL\n" in shown


def test_a_variable_that_is_of_no_use_is_told_of(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever moves here with KCING's environment hears that its file of state has no place."""
    monkeypatch.setenv("KCING_DB", os.devnull)

    assert "paddles: KCING_DB is not used" in paddles(capsys, "config", "show")
