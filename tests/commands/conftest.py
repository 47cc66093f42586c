"""Commands run as Pecan runs them: in this process, or each as a process of its own."""

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pecan.commands import CommandRunner
from sqlalchemy import make_url

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.conftest import maintain
from tests.processes import environment

SCRIPT = Path(sys.executable).with_name("pecan")

Pecan = Callable[..., str]


def write_config(directory: Path, url: str, more: str = "") -> Path:
    """Write a configuration file that names a database, and return it."""
    path = directory / "config.py"
    path.write_text(f"database_url = {url!r}\n{more}\n")
    return path


def process(*words: str | Path, code: int = 0, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run ``pecan`` with these words as a process; it must end with ``code``."""
    done = subprocess.run(
        [SCRIPT, *words], capture_output=True, text=True, timeout=120, env=environment(**changes), check=False
    )
    assert code == done.returncode, done
    return done


@pytest.fixture
def config_file(tmp_path: Path, database: Database, settings: Settings) -> Path:
    """A configuration that names the database of this process, empty, and its files."""
    return write_config(tmp_path, settings.database_url, f"files_dir = {str(settings.files_dir)!r}")


@pytest.fixture
def empty_config(server_url: str, tmp_path: Path) -> Iterator[Path]:
    """A configuration that names a database without tables."""
    name = f"paddles_empty_{uuid.uuid4().hex[:12]}"
    maintain(server_url, f'CREATE DATABASE "{name}"')
    yield write_config(tmp_path, make_url(server_url).set(database=name).render_as_string(hide_password=False))
    maintain(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Pecan:
    """Run ``pecan`` with some words in this process and return what it prints; it must end with ``code``."""

    def run(*words: str | Path, code: int = 0) -> str:
        capsys.readouterr()
        ended = 0
        try:
            CommandRunner().run([str(word) for word in words])
        except SystemExit as error:
            ended = int(error.code or 0)
        printed = capsys.readouterr()
        assert code == ended, printed
        return printed.out + printed.err

    return run


@pytest.fixture
def pecan(config_file: Path, command: Pecan) -> Pecan:
    """Run a command on the database of this process, as ``command`` does."""

    def run(name: str, *words: str, code: int = 0) -> str:
        return command(name, config_file, *words, code=code)

    return run
