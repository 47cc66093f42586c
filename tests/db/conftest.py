"""A place for an embedded server, and processes that use it; nothing of either is left behind."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from paddles.db import embedded
from tests.db.servers import USER, Start, nothing_runs
from tests.processes import environment, open_place
from tests.waiting import until


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a directory that the account of PostgreSQL can enter, unlike pytest's own when root runs it."""
    with open_place() as directory:
        yield directory


@pytest.fixture
def home(place: Path) -> Iterator[Path]:
    """Return a home that does not exist yet; at the end no process is left of it."""
    yield place / "home"
    embedded.release(place / "home")
    until(lambda: nothing_runs(place / "home"))


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a function that starts a process which uses a home; at the end all are killed."""
    started = []

    def start_one(home: Path, *words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(USER), str(home), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        started.append(process)
        return process

    yield start_one
    for process in started:
        process.kill()
        process.communicate()
