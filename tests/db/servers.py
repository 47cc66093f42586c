"""Questions to an embedded server and to those who use it."""

import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg2

from paddles.db import embedded
from tests.waiting import until

USER = Path(__file__).with_name("user.py")

Start = Callable[..., subprocess.Popen[str]]


def nothing_runs(home: Path) -> bool:
    """Return whether neither guard nor server is left."""
    return embedded.status(home) == embedded.Status(guard=None, postmaster=None, ready=False)


def ready(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return what a process said when it had the server: the server's process id and URL."""
    assert process.stdout
    word, pid, url = process.stdout.readline().split()
    assert word == "ready"
    return int(pid), url


def ask(url: str, statement: str) -> object:
    """Execute one statement on a connection of its own and return the first value of its first row."""
    with closing(psycopg2.connect(url.replace("+psycopg2", ""))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None


def guard_of(home: Path) -> int:
    """Return the process id of the guard, once there is one."""
    return until(lambda: embedded.status(home).guard)
