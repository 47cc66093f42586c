"""The data of an embedded PostgreSQL: made whole or not at all, cleared of what a crash left, served by one server.

Only whoever holds the lock of the guard may call what is here.
"""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from paddles.db import binaries
from paddles.db.binaries import Account, EmbeddedError
from paddles.db.layout import NAME, PORT, Layout, serves
from paddles.db.processes import ending_with_parent

# A server must not depend on the settings of whoever happened to start it.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_min_duration_statement": "1000",
    "jit": "off",
}
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
CLEAR_S = 60
LOG_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Cluster:
    """One data directory and the programs and the account that serve it."""

    layout: Layout
    programs: Path
    account: Account | None
    fast: bool


def prepare(layout: Layout, *, fast: bool) -> Cluster:
    """Return the cluster of ``layout``, its data made where there is none, ready for a server to start.

    Raises:
        EmbeddedError: no programs, no account, a directory in the way, data of another version.
    """
    account = binaries.account(owner=layout.data.stat().st_uid if layout.data.exists() else None)
    blocked = binaries.obstacle(layout.home, account) if account else None
    if account and blocked:
        raise EmbeddedError(
            f"{blocked} cannot be entered by user {account.name!r}, and PostgreSQL does not run as root; "
            "choose another data directory"
        )
    programs = binaries.usable(binaries.find(), account, layout.home)
    cluster = Cluster(layout, programs, account, fast)
    _own_directory(layout.sockets, account)
    if not _holds_data(cluster):
        _make_data(cluster)
    clear(layout.data)
    return cluster


def start(cluster: Cluster) -> subprocess.Popen[bytes]:
    """Start a server in the foreground, as a child that is shut down when this process dies."""
    settings = SETTINGS | (FAST if cluster.fast else {})
    settings["unix_socket_directories"] = str(cluster.layout.sockets)
    arguments = [f"--{name}={value}" for name, value in settings.items()]
    log = cluster.layout.log
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_name(log.name + ".1"))
    with log.open("ab") as output:
        return _run(cluster, "postgres", "-D", str(cluster.layout.data), *arguments, output=output)


def clear(data: Path) -> None:
    """Wait until no server works in ``data``, then remove the mark that one left there.

    PostgreSQL asks only whether the process id in ``postmaster.pid`` exists. A zombie that nobody has waited for,
    or another process that got the same id in a restarted container, would keep it from starting for ever.

    Raises:
        EmbeddedError: a server that is nobody's child does not end.
    """
    if sys.platform != "linux":
        return
    deadline = time.monotonic() + CLEAR_S
    asked: set[int] = set()
    while working := _servers(data):
        for pid in _postmaster(data) & working - asked:
            os.kill(pid, signal.SIGINT)
            asked.add(pid)
        if time.monotonic() > deadline:
            raise EmbeddedError(f"processes {sorted(working)} still serve {data}")
        time.sleep(0.02)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _postmaster(data: Path) -> set[int]:
    try:
        return {int((data / "postmaster.pid").read_text().split()[0])}
    except (OSError, ValueError, IndexError):
        return set()


def _servers(data: Path) -> set[int]:
    """Return the processes of PostgreSQL that work in ``data``; somebody's shell in there is none."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            named = (process / "comm").read_text() == "postgres\n"
        except OSError:
            continue
        if named and serves(int(process.name), data):
            found.add(int(process.name))
    return found


def _own_directory(directory: Path, account: Account | None) -> None:
    """Make the directory of the socket, which trusts whoever can enter it, or check that it is ours."""
    directory.mkdir(mode=0o700, exist_ok=True)
    status = directory.lstat()
    ours = {os.geteuid(), account.uid} if account else {os.geteuid()}
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in ours or status.st_mode & 0o077:
        raise EmbeddedError(f"{directory} must be a directory of ours that nobody else can enter")
    _give(directory, account)


def _give(path: Path, account: Account | None) -> None:
    if account:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _holds_data(cluster: Cluster) -> bool:
    data = cluster.layout.data
    if not data.exists() or not any(data.iterdir()):
        return False
    try:
        written = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise EmbeddedError(f"{data} holds something that is not a PostgreSQL database") from None
    have = binaries.version(cluster.programs)
    if written != str(have.major):
        raise EmbeddedError(
            f"{data} was written by PostgreSQL {written}, the programs in {cluster.programs} are {have.full}. "
            f"Point PADDLES_PG_BINDIR at the programs of PostgreSQL {written}, dump the database with pg_dump, "
            "and restore it into a new data directory with the present ones"
        )
    return True


def _make_data(cluster: Cluster) -> None:
    # Made beside its place and moved there in one step: a killed initdb leaves no half of a database behind.
    home = cluster.layout.home
    for left_over in home.glob(".init-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix=".init-", dir=home))
    _give(draft, cluster.account)
    _finish(cluster, "initdb", "-D", str(draft), *_initdb_options(cluster))
    # The single-user server spares every later start the question whether the database exists.
    options = ["-c", "exit_on_error=true", *(["-F"] if cluster.fast else [])]
    _finish(cluster, "postgres", "--single", "-D", str(draft), *options, "postgres", said=f"CREATE DATABASE {NAME};\n")
    draft.rename(cluster.layout.data)


def _initdb_options(cluster: Cluster) -> list[str]:
    options = [f"--username={NAME}", "--encoding=UTF8", "--auth-local=trust", "--auth-host=reject"]
    # The built-in locale sorts the same on every system, so no upgrade of a system spoils an index.
    builtin = binaries.version(cluster.programs).major >= 17
    options += ["--locale-provider=builtin", "--locale=C.UTF-8"] if builtin else ["--locale=C"]
    return [*options, "--no-sync"] if cluster.fast else options


def _finish(cluster: Cluster, program: str, *arguments: str, said: str = "") -> None:
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as script:
        script.write(said.encode())
        script.seek(0)
        code = _run(cluster, program, *arguments, output=output, script=script, end=signal.SIGKILL).wait()
        output.seek(0)
        if code:
            raise EmbeddedError(f"{program} ended with {code}: {output.read().decode(errors='replace').strip()}")


def _run(
    cluster: Cluster,
    program: str,
    *arguments: str,
    output: IO[bytes],
    script: IO[bytes] | int = subprocess.DEVNULL,
    end: signal.Signals = signal.SIGINT,
) -> subprocess.Popen[bytes]:
    who = cluster.account
    return subprocess.Popen(  # noqa: S603 - a program of the PostgreSQL that was found
        [cluster.programs / program, *arguments],
        stdin=script,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=ENVIRONMENT,
        cwd="/",
        umask=0o077,
        user=who.uid if who else None,
        group=who.gid if who else None,
        extra_groups=[] if who else None,
        # Runs after the change of user, which would forget what it asks for.
        preexec_fn=ending_with_parent(end),  # noqa: PLW1509 - the other threads only wait
    )
