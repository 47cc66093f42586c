"""What a run says, line by line; here on the screen, as a simulated run does."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path


class Failed(Exception):
    """A step could not be done, which ends the run as failed; the message says why."""


class Stopped(Failed):
    """The run has to end: it was cancelled, or it is no longer ours."""


class Console:
    """The log of something that nobody is told of and nobody can cancel."""

    # Why the run has to stop, once it has to; ``lost`` says that it is no longer ours, so that a report is refused.
    stopped = ""
    lost = False

    def write(self, data: bytes) -> None:
        """Add bytes as they are."""
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def line(self, text: str) -> None:
        """Add a line as it is."""
        self.write(f"{text}\n".encode(errors="backslashreplace"))

    def step(self, text: str) -> None:
        """Say which step begins."""
        self.line(f"== {now()}: {text}")

    def info(self, text: str) -> None:
        """Say something about a step."""
        self.line(f"   {now()}: INFO  {text}")

    def error(self, text: str) -> None:
        """Say what went wrong in a step."""
        self.line(f"   {now()}: ERROR {text}")

    def status(self, word: str) -> None:
        """Say what the run's status is from here on."""
        self.step(f"Status is {word}")

    def progress(self, current: str, total: str) -> None:
        """Say how far the run is; the log shows that by itself."""

    def close(self) -> None:
        """Have everything be said before this returns."""


class Kept(Console):
    """The log of a run that is simulated: here on the screen, and in ``console.log`` of the run's folder."""

    def __init__(self, run_dir: Path) -> None:
        """Go on with the log in ``run_dir``, where there is one."""
        self.file = (run_dir / "console.log").open("ab")

    def write(self, data: bytes) -> None:
        """Add bytes as they are."""
        super().write(data)
        self.file.write(data)

    def close(self) -> None:
        """Have everything be in the file."""
        self.file.close()


def now() -> str:
    """Return the time of a line of the log, in UTC."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")
