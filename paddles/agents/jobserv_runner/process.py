"""Programs that a run starts: what they print goes into its log, and they end when the run has to."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .console import Console, Failed, Stopped

LOOK_S = 0.5
READ_BYTES = 64 * 1024
# What a program that was told to end may still print, and how long it may take.
LAST_WORDS_S = 30
HUNG_S = 300


class TimedOut(Failed):
    """The time that the run has is over."""


class Deadline:
    """When a run has to be over."""

    def __init__(self, minutes: float) -> None:
        """Give so many minutes from now on."""
        self.minutes = minutes
        self.at = time.monotonic() + minutes * 60

    def check(self) -> None:
        """Raise TimedOut when there is no time left."""
        if time.monotonic() > self.at:
            raise TimedOut(f"The run did not end within its {self.minutes:g} minutes")


class Watch:
    """What is done while a program runs; this one ends it and looks at nothing."""

    hung_s: float = HUNG_S

    def heard(self, data: bytes) -> None:
        """Look at what was printed."""

    def hung(self) -> None:
        """Find out why nothing was printed for long."""

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """Have the program end, and what it started."""
        kill(process)


def start(
    command: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a program without input, its output and errors in one pipe, in a session of its own.

    Raises:
        Failed: there is no such program, or it may not be started.
    """
    environment = {**os.environ, **(env or {})}
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=environment,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise Failed(f"{command[0]} cannot be started: {error}") from error


def follow(process: subprocess.Popen[bytes], console: Console, deadline: Deadline, watch: Watch | None = None) -> int:
    """Write what a program prints to the log until it ends, and return its exit code.

    Raises:
        TimedOut: the deadline passed; the program was ended.
        Stopped: the run has to stop; the program was ended.
    """
    watch = watch or Watch()
    try:
        _pump(process, console, deadline, watch)
        return process.wait()
    except BaseException:
        watch.end(process)
        _last_words(process, console)
        raise
    finally:
        if process.stdout:
            process.stdout.close()


def call(
    command: Sequence[str],
    console: Console,
    deadline: Deadline,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> int:
    """Start a program and follow it; see ``start`` and ``follow``."""
    return follow(start(command, cwd=cwd, env=env), console, deadline)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a program that was started here, with all that is in its session, if there is anything left of it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _pump(process: subprocess.Popen[bytes], console: Console, deadline: Deadline, watch: Watch) -> None:
    output = _output(process)
    quiet_since = time.monotonic()
    while True:
        deadline.check()
        if console.stopped:
            raise Stopped(f"The run was stopped: {console.stopped}")
        if select.select([output], [], [], LOOK_S)[0]:
            data = os.read(output, READ_BYTES)
            if not data:
                return
            console.write(data)
            watch.heard(data)
            quiet_since = time.monotonic()
        elif time.monotonic() - quiet_since > watch.hung_s:
            watch.hung()
            # Once in each time of quiet.
            quiet_since = float("inf")


def _last_words(process: subprocess.Popen[bytes], console: Console) -> None:
    output, until = _output(process), time.monotonic() + LAST_WORDS_S
    while select.select([output], [], [], max(0, until - time.monotonic()))[0]:
        data = os.read(output, READ_BYTES)
        if not data:
            break
        console.write(data)
    kill(process)
    process.wait()


def _output(process: subprocess.Popen[bytes]) -> int:
    if process.stdout is None:
        raise Failed("a program without a pipe cannot be followed")
    return process.stdout.fileno()
