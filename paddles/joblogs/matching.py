"""Finds lines that match a regular expression, in a process of its own that can be ended.

``searching`` starts this as a program and lets it import Python's library alone: a match cannot be interrupted from
within.

The lines are the standard input. The one argument is JSON: ``expression``; ``escapes``, another one of what is left out
of lines first; ``most``, how many lines are wanted; ``cpu_s``, ``last_s`` and ``memory_bytes``, how many seconds of CPU
time this process may use before it stops by itself, before the kernel ends it, and how much memory. The standard output
is JSON: ``found``, numbers of lines from 0, and ``looked``, how many lines were looked at.
"""

import json
import re
import resource
import signal
import sys
from collections.abc import Iterator
from typing import IO, Any

LONGEST_LINE = 65_536


class Watch:
    """Whether the time is over; the kernel says so once."""

    over = False

    def end(self, _signal: int, _frame: Any) -> None:
        """Note that it is."""
        self.over = True


def lines(log: IO[bytes]) -> Iterator[str]:
    """Yield the lines of a log, of a long one the beginning."""
    while line := log.readline(LONGEST_LINE):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = log.readline(LONGEST_LINE)
        yield line.rstrip(b"\r\n").decode(errors="replace")


def search(log: IO[bytes], said: dict[str, Any], watch: Watch) -> tuple[list[int], int]:
    """Return the numbers of the lines that match, and how many lines were looked at."""
    matches, escapes = re.compile(said["expression"]).search, re.compile(said["escapes"])
    found: list[int] = []
    looked = 0
    for line in lines(log):
        if matches(escapes.sub("", line) if "\x1b" in line else line):
            found.append(looked)
        looked += 1
        if watch.over or len(found) >= said["most"]:
            break
    return found, looked


def main() -> None:
    """Do what the module says."""
    said, watch = json.loads(sys.argv[1]), Watch()
    signal.signal(signal.SIGXCPU, watch.end)
    resource.setrlimit(resource.RLIMIT_CPU, (said["cpu_s"], said["last_s"]))
    resource.setrlimit(resource.RLIMIT_AS, (said["memory_bytes"], said["memory_bytes"]))
    found, looked = search(sys.stdin.buffer, said, watch)
    json.dump({"found": found, "looked": looked}, sys.stdout)


if __name__ == "__main__":
    main()
