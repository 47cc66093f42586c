"""Matches regular expressions with the lines of a log, in a process of its own that can be ended.

``grepping`` starts this as a program and lets it import Python's library alone: what an expression costs is known
when it has been matched, and a match cannot be interrupted from within.

The log is the standard input. The one argument is JSON: ``test`` (or null) and ``result``, the expressions; ``cpu_s``
and ``memory_bytes``, what this process may use before the kernel ends it. The standard output is JSON, a line for each
match in order: ``[name]`` begins a test, ``[name, result]`` adds a result. Exit code 3 says that there are more matches
than may be, 4 that there is not enough memory.
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
from collections.abc import Iterator

LONGEST_LINE = 16_384
LONGEST_WORD = 1024
MOST_MATCHES = 100_000
MOST_CHARACTERS = 2**25
TOO_MANY, TOO_LARGE = 3, 4


def lines(log: io.TextIOBase) -> Iterator[str]:
    """Yield the lines of a log without their ends, and of a long one the beginning."""
    while line := log.readline(LONGEST_LINE):
        rest = line
        while rest and not rest.endswith("\n"):
            rest = log.readline(LONGEST_LINE)
        yield line.removesuffix("\n")


def matches(log: io.TextIOBase, test: str | None, result: str) -> Iterator[list[str]]:
    """Yield ``[name]`` for each line that begins a test and ``[name, result]`` for each that has a result.

    A line may be both, and then begins a test first. Expressions match from the beginning of a line.
    """
    begins, adds = test is not None and re.compile(test), re.compile(result)
    for line in lines(log):
        if begins and (found := begins.match(line)):
            yield [_word(found["name"])]
        if found := adds.match(line):
            yield [_word(found["name"]), _word(found["result"])]


def main() -> int:
    """Do what the module says; return the exit code."""
    said = json.loads(sys.argv[1])
    for limit, value in ((resource.RLIMIT_CPU, said["cpu_s"]), (resource.RLIMIT_AS, said["memory_bytes"])):
        resource.setrlimit(limit, (value, value))
    left = MOST_CHARACTERS
    log = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")
    try:
        for count, match in enumerate(matches(log, said["test"], said["result"]), start=1):
            text = json.dumps(match)
            left -= len(text)
            if count > MOST_MATCHES or left < 0:
                return TOO_MANY
            sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except MemoryError:
        return TOO_LARGE
    return 0


def _word(text: str | None) -> str:
    return (text or "")[:LONGEST_WORD]


if __name__ == "__main__":
    sys.exit(main())
