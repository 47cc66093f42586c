"""The embedded server: one for all who use it, gone with the last of them, whatever dies in between."""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest

from paddles.db import binaries, embedded
from paddles.db.layout import Layout
from tests.waiting import until

ROOT = Path(__file__).parents[2]
USER = Path(__file__).with_name("user.py")
SLOW_S = 60

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a directory that the account of PostgreSQL can enter, unlike pytest's own when root runs it."""
    directory = Path(tempfile.mkdtemp(prefix="paddles-"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory)


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
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        started.append(process)
        return process

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


def nothing_runs(home: Path) -> bool:
    return embedded.status(home) == embedded.Status(guard=None, postmaster=None, ready=False)


def ready(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return what a process said when it had the server: the server's process id and URL."""
    assert process.stdout
    word, pid, url = process.stdout.readline().split()
    assert word == "ready"
    return int(pid), url


@contextmanager
def connected(url: str) -> Iterator[Callable[[str], object]]:
    """Give a function that executes one statement and returns the first value of its first row."""
    with closing(psycopg2.connect(url.replace("+psycopg2", ""))) as connection:
        connection.autocommit = True

        def ask(statement: str) -> object:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                row = cursor.fetchone() if cursor.description else None
                return row[0] if row else None

        yield ask


def ask(url: str, statement: str) -> object:
    with connected(url) as execute:
        return execute(statement)


def guard_of(home: Path) -> int:
    return until(lambda: embedded.status(home).guard)


def test_a_home_is_made_and_answers(home: Path) -> None:
    """The first to acquire a home gets a database of its own, over a socket, with a locale that no system changes."""
    server = embedded.acquire(home, fast=True)

    assert ask(server.url, "select current_database() || current_user") == "paddlespaddles"
    assert ask(server.url, "show listen_addresses") == ""
    assert ask(server.url, "show server_encoding") == "UTF8"
    assert ask(server.url, "show fsync") == "off"
    assert ask(server.url, "show autovacuum") == "on"
    assert ask(server.url, "show max_connections") == "100"
    assert server.postmaster_pid() == embedded.status(home).postmaster


def test_a_server_for_real_use_is_safe_against_power_loss(home: Path) -> None:
    """Without ``fast`` every commit reaches the disk."""
    server = embedded.acquire(home)

    assert ask(server.url, "show fsync") == "on"
    assert ask(server.url, "show synchronous_commit") == "on"


def test_the_server_ends_cleanly_with_its_user_and_keeps_its_data(home: Path) -> None:
    """Nothing runs after the release; the next acquire finds every row and no need for recovery."""
    server = embedded.acquire(home, fast=True)
    ask(server.url, "create table kept as select 7 as n")

    assert embedded.release(home)
    assert nothing_runs(home)
    assert server.postmaster_pid() is None

    server = embedded.acquire(home, fast=True)
    assert ask(server.url, "select n from kept") == 7
    assert "not properly shut down" not in Layout(home).log.read_text()


def test_acquiring_twice_needs_one_release(home: Path) -> None:
    """A process holds a home once, however often it asks."""
    first = embedded.acquire(home, fast=True)

    assert embedded.acquire(home, fast=True) == first
    assert embedded.release(home)


def test_release_does_not_wait_for_other_users(home: Path, start: Start) -> None:
    """While others use the server, a release returns at once and the server runs on."""
    other = start(home)
    pid, url = ready(other)
    assert embedded.acquire(home).postmaster_pid() == pid

    assert not embedded.release(home)

    assert ask(url, "select 1") == 1
    assert other.communicate("")[0] == "ended True\n"


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


def test_data_of_another_version_is_refused_and_left_alone(home: Path) -> None:
    """The message names both versions and the way out."""
    embedded.acquire(home, fast=True)
    embedded.release(home)
    mark = Layout(home).data / "PG_VERSION"
    version = mark.read_text()
    mark.write_text("11\n")

    with pytest.raises(embedded.EmbeddedError, match=r"written by PostgreSQL 11, .* are 1\d.*pg_dump"):
        embedded.acquire(home, fast=True)

    assert nothing_runs(home)
    mark.write_text(version)
    assert ask(embedded.acquire(home, fast=True).url, "select 1") == 1


def test_a_directory_with_something_else_in_it_is_refused(home: Path) -> None:
    """Files of somebody else are not buried under a database."""
    Layout(home).data.mkdir(parents=True)
    home.chmod(0o711)
    (Layout(home).data / "thesis.txt").write_text("mine")

    with pytest.raises(embedded.EmbeddedError, match="not a PostgreSQL database"):
        embedded.acquire(home, fast=True)

    assert (Layout(home).data / "thesis.txt").read_text() == "mine"


def test_a_socket_directory_that_others_may_enter_is_refused(home: Path) -> None:
    """The socket trusts whoever can reach it."""
    home.mkdir(mode=0o711)
    home.chmod(0o711)
    Layout(home).sockets.mkdir()
    Layout(home).sockets.chmod(0o755)

    with pytest.raises(embedded.EmbeddedError, match="nobody else can enter"):
        embedded.acquire(home, fast=True)


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    """The error carries the end of the server's log."""
    embedded.acquire(home, fast=True)
    embedded.release(home)
    with (Layout(home).data / "postgresql.conf").open("a") as settings:
        settings.write("work_mem = 'plenty'\n")

    with pytest.raises(embedded.EmbeddedError, match="work_mem"):
        embedded.acquire(home, fast=True)


def test_a_server_that_does_not_end_is_not_waited_for_without_limit(home: Path) -> None:
    """Somebody holds the lock that a stopping guard holds."""
    home.mkdir()
    with Layout(home).users_lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(embedded.EmbeddedError, match="does not end"):
            embedded.acquire(home, timeout_s=0.1)


@pytest.mark.parametrize("name", ["deep/" * 20 + "home", 'a b, "c" %d', "späße-数据"])
def test_the_path_of_a_home_may_be_long_or_strange(place: Path, name: str) -> None:
    """A socket's path has little room, a list of directories has commas, a URL has escapes."""
    strange = place / name
    server = embedded.acquire(strange, fast=True)

    assert ask(server.url, "select current_database()") == "paddles"

    assert embedded.release(strange)
    assert not Layout(strange.resolve()).sockets.exists()


def test_a_home_below_a_closed_directory(place: Path) -> None:
    """Root is told which directory PostgreSQL's account cannot enter, and it stays closed; others just use theirs."""
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    if os.geteuid() == 0:
        with pytest.raises(embedded.EmbeddedError, match=f"{closed} cannot be entered"):
            embedded.acquire(closed / "home", fast=True)
    else:
        embedded.acquire(closed / "home", fast=True)
        assert embedded.release(closed / "home")

    assert closed.stat().st_mode & 0o777 == 0o700


def test_a_home_of_another_user_is_refused() -> None:
    """Neither root nor anybody else takes over what is not theirs."""
    other = Path("/") if os.geteuid() else Path(tempfile.mkdtemp())
    if os.geteuid() == 0:
        os.chown(other, 65534, -1)

    with pytest.raises(embedded.EmbeddedError, match="another user"):
        embedded.acquire(other)
    with pytest.raises(embedded.EmbeddedError, match="cannot use the data directory /proc/none"):
        embedded.acquire(Path("/proc/none"))


def plain_user(place: Path) -> tuple[int, dict[str, str], str]:
    """Return a user other than root, and an environment and a Python that it can use."""
    if os.geteuid():
        return os.geteuid(), {}, sys.executable
    nobody = pwd.getpwnam("nobody")
    who = binaries.Account("nobody", nobody.pw_uid, nobody.pw_gid)
    pythons = [sys.executable, *filter(None, [shutil.which("python3", path="/usr/bin:/usr/local/bin")])]
    python = next((each for each in pythons if not binaries.obstacle(Path(each).resolve().parent, who)), None)
    assert python, "no Python that a plain user can run"
    shutil.copytree(ROOT / "paddles", place / "code" / "paddles", ignore=shutil.ignore_patterns("__pycache__"))
    programs = binaries.usable(binaries.find(), who, place)
    return nobody.pw_uid, {"PADDLES_PG_BINDIR": str(programs), "PYTHONPATH": str(place / "code")}, python


def test_a_plain_user_needs_nothing_of_root(place: Path) -> None:
    """Without root, everything belongs to whoever runs it and is closed to others."""
    uid, environment, python = plain_user(place)
    own = place / "own"
    own.mkdir(mode=0o700)
    os.chown(own, uid, -1)
    script = place / "user.py"
    shutil.copy(USER, script)

    said = subprocess.run(
        [python, str(script), str(own / "home")],
        input="",
        capture_output=True,
        text=True,
        user=uid if os.geteuid() == 0 else None,
        env={"PYTHONPATH": str(ROOT), **os.environ, **environment},
        check=True,
    ).stdout

    assert said.endswith("ended True\n")
    made = [own / "home", Layout(own / "home").data]
    assert [(path.stat().st_uid, path.stat().st_mode & 0o077) for path in made] == [(uid, 0), (uid, 0)]


def test_programs_that_the_account_cannot_reach_are_copied(
    home: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virtualenv below a closed home of root: the server runs from a copy, and its clients find their libraries."""
    prefix = binaries.find().parent
    closed = place / "closed"
    shutil.copytree(prefix, closed / "site" / prefix.parent.name / prefix.name)
    libraries = prefix.parent.with_name(prefix.parent.name + ".libs")
    if libraries.exists():
        shutil.copytree(libraries, closed / "site" / libraries.name)
    closed.chmod(0o700)
    monkeypatch.setenv("PADDLES_PG_BINDIR", str(closed / "site" / prefix.parent.name / prefix.name / "bin"))

    server = embedded.acquire(home, fast=True)

    assert ask(server.url, "select 1") == 1
    copies = list(home.glob("pg-*/*/*/bin/psql"))
    assert len(copies) == (1 if os.geteuid() == 0 else 0)
    for copy in copies:
        assert "psql" in subprocess.run([copy, "--version"], capture_output=True, text=True, check=True).stdout
    assert closed.stat().st_mode & 0o777 == 0o700


def test_the_guard_is_not_for_hands(home: Path) -> None:
    """Started by hand it touches nothing."""
    command = [sys.executable, "-m", "paddles.db.guard", str(home)]
    process = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)

    assert process.returncode == 2
    assert process.stderr == "only paddles itself starts this program\n"
    assert not home.exists()


def test_the_default_home_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """``PADDLES_HOME`` first, then what is usual for this user."""
    monkeypatch.setenv("PADDLES_HOME", "/somewhere")
    assert embedded.default_home() == Path("/somewhere")

    monkeypatch.delenv("PADDLES_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    usual = "/var/lib/paddles" if os.geteuid() == 0 else "/data/paddles"
    assert embedded.default_home() == Path(usual)
