"""The embedded server: made where there is none, one for all who use it, gone with the last of them."""

import fcntl
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from paddles.db import binaries, embedded
from paddles.db.layout import Layout
from tests.db.servers import USER, Start, ask, nothing_runs, ready
from tests.processes import ROOT


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


def test_the_server_holds_nothing_of_whoever_started_it(home: Path) -> None:
    """A web server that starts it can end, and its successor listen in the same place."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.set_inheritable(True)
        embedded.acquire(home)
        port = listener.getsockname()[1]

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    assert embedded.status(home).ready


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
