"""The embedded server when something dies: a user, the guard, PostgreSQL, all of them, and what they leave behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from paddles.db import embedded
from paddles.db.layout import Layout
from tests.db.servers import Start, ask, guard_of, nothing_runs, ready
from tests.waiting import until

SLOW_S = 60


def test_the_server_survives_kill_9_of_one_user_and_ends_with_the_last(home: Path, start: Start) -> None:
    """A user killed with -9 counts as gone, and one that remains keeps the server, whoever started it."""
    first = start(home)
    pid, _ = ready(first)
    second = start(home)
    assert ready(second)[0] == pid

    first.kill()
    first.wait()
    assert embedded.acquire(home).postmaster_pid() == pid
    embedded.release(home)
    second.kill()

    until(lambda: nothing_runs(home))
    assert "database system is shut down" in Layout(home).log.read_text()


def test_eight_processes_at_once_share_one_server(home: Path, start: Start) -> None:
    """All eight find an empty home, one database is made, one server starts, all eight use it."""
    users = [start(home) for _ in range(8)]

    answers = {ready(user) for user in users}

    assert len(answers) == 1
    assert Layout(home).log.read_text().count("ready to accept connections") == 1
    assert not list(home.glob(".init-*"))


def test_a_killed_guard_takes_the_server_down_cleanly(home: Path) -> None:
    """The kernel tells the server; no recovery is needed; the next acquire starts both again."""
    server = embedded.acquire(home, fast=True)
    ask(server.url, "create table kept as select 7 as n")

    os.kill(guard_of(home), signal.SIGKILL)
    until(lambda: nothing_runs(home))

    assert ask(embedded.acquire(home, fast=True).url, "select n from kept") == 7
    assert "not properly shut down" not in Layout(home).log.read_text()


def test_a_killed_guard_is_revived(home: Path) -> None:
    """A user that outlives the guard starts another, without letting go; with a guard at work nothing happens."""
    embedded.acquire(home, fast=True)
    guard = guard_of(home)
    embedded.revive(home, fast=True)
    assert guard_of(home) == guard

    os.kill(guard, signal.SIGKILL)
    until(lambda: embedded.status(home).guard != guard)
    embedded.revive(home, fast=True)

    until(lambda: embedded.status(home).ready)
    assert guard_of(home) != guard


def test_a_killed_server_starts_again_with_every_committed_row(home: Path) -> None:
    """The guard sees its child die and starts it again; users only have to connect again."""
    server = embedded.acquire(home)
    ask(server.url, "create table kept as select 7 as n")
    killed = server.postmaster_pid()
    assert killed

    os.kill(killed, signal.SIGKILL)
    until(lambda: server.postmaster_pid() not in (None, killed) and embedded.status(home).ready, SLOW_S)

    assert ask(server.url, "select n from kept") == 7


def test_with_all_three_killed_the_next_start_recovers(home: Path, start: Start) -> None:
    """User, guard and server die at once: no committed row is lost."""
    user = start(home, "safe")
    pid, url = ready(user)
    ask(url, "create table kept as select 7 as n")

    for victim in (user.pid, guard_of(home), pid):
        os.kill(victim, signal.SIGKILL)
    until(lambda: nothing_runs(home))

    assert ask(embedded.acquire(home, timeout_s=SLOW_S).url, "select n from kept") == 7


def test_sigterm_ends_the_server_cleanly(home: Path) -> None:
    """A system that shuts down sends SIGTERM to the guard too."""
    embedded.acquire(home, fast=True)

    os.kill(guard_of(home), signal.SIGTERM)

    until(lambda: nothing_runs(home))
    assert "database system is shut down" in Layout(home).log.read_text()


def test_a_first_start_that_was_killed_leaves_nothing_half_made(home: Path, start: Start) -> None:
    """Killed in the middle of making the database: the next start begins anew and tidies up."""
    user = start(home)
    until(lambda: list(home.glob(".init-*")))
    for victim in (embedded.status(home).guard, user.pid):
        assert victim
        os.kill(victim, signal.SIGKILL)

    server = embedded.acquire(home, fast=True)

    assert ask(server.url, "select 1") == 1
    assert not list(home.glob(".init-*"))


@contextmanager
def zombie() -> Iterator[int]:
    """Give the process id of a child that has ended and that nobody has waited for."""
    pid = os.posix_spawn(sys.executable, [sys.executable, "-c", ""], os.environ)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    yield pid
    os.waitpid(pid, 0)


def left_behind(home: Path, first_line: str) -> None:
    """Make ``home`` look as if its server had lost its power."""
    embedded.acquire(home, fast=True)
    mark = Layout(home).data / "postmaster.pid"
    lines = mark.read_text().splitlines()
    embedded.release(home)
    mark.write_text("\n".join([first_line, *lines[1:]]) + "\n" if first_line else "")


def test_the_mark_of_a_zombie_does_not_keep_the_server_down(home: Path) -> None:
    """PostgreSQL itself takes a zombie for a living server and refuses to start."""
    with zombie() as pid:
        left_behind(home, str(pid))

        assert embedded.status(home).postmaster is None
        assert ask(embedded.acquire(home, fast=True).url, "select 1") == 1


@pytest.mark.parametrize("first_line", ["ours", "1", "no number", ""])
def test_the_mark_of_another_process_does_not_keep_the_server_down(home: Path, first_line: str) -> None:
    """After a restart of a container the old id belongs to somebody else, and the mark says ``ready``."""
    left_behind(home, str(os.getpid()) if first_line == "ours" else first_line)

    assert not embedded.status(home).ready
    assert ask(embedded.acquire(home, fast=True).url, "select 1") == 1


def test_a_shell_in_the_data_directory_is_not_a_server(home: Path) -> None:
    """Somebody looks around in the data while the server is down; it starts all the same."""
    embedded.acquire(home, fast=True)
    embedded.release(home)
    with subprocess.Popen(["sleep", "600"], cwd=Layout(home).data) as visitor:
        server = embedded.acquire(home, fast=True, timeout_s=20)
        visitor.kill()

    assert ask(server.url, "select 1") == 1
