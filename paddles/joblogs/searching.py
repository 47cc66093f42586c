"""Lines of a log that match a regular expression: found in a process of its own, which may take so much and no more.

Why: decision 0038. What is not found in the time of one search the next one finds, which begins where this one ended.
"""

import pkgutil
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import orjson

from paddles.errors import Invalid, Unavailable
from paddles.joblogs import ansi
from paddles.joblogs.finding import Log
from paddles.projects.greps import flowing

LONGEST_EXPRESSION = 1000
# After so much CPU time a search stops behind the line it looks at, and on that line it may take the rest.
CPU_S, LAST_S = 2, 4
# On a busy machine a process gets less than all of the time.
WAIT_S = 12
MEMORY_BYTES = 256 * 2**20
# Searches at once in a process: its other threads answer meanwhile.
PLACES = threading.BoundedSemaphore(2)


class Found(NamedTuple):
    """Numbers of lines that match, and the last number that was looked at."""

    lines: list[int]
    looked: int


def checked(expression: str) -> str:
    """Return an expression. Raises Invalid: it is none, or longer than ``LONGEST_EXPRESSION``."""
    if len(expression) > LONGEST_EXPRESSION:
        raise Invalid(f"search: at most {LONGEST_EXPRESSION} characters")
    try:
        re.compile(expression)
    except (re.error, RecursionError, OverflowError) as error:
        raise Invalid(f"search: no regular expression: {error}") from None
    return expression


def search(log: Log, expression: str, first: int, last: int, most: int) -> Found:
    """Return which lines of a log match an expression somewhere, at most ``most`` of those from ``first`` to ``last``.

    Raises:
        Invalid: the expression is none, or takes ``LAST_S`` or ``MEMORY_BYTES`` on a line.
        Unavailable: there are as many searches as may be, or the log is not there.
    """
    checked(expression)
    if first > last:
        return Found([], last)
    with _place():
        found, looked = _searched(log.poured(first, last), expression, most)
    return Found([first + number for number in found], first + looked - 1)


def _searched(poured: Iterable[bytes], expression: str, most: int) -> tuple[list[int], int]:
    limits = {"cpu_s": CPU_S, "last_s": LAST_S, "memory_bytes": MEMORY_BYTES, "most": most}
    said = orjson.dumps({"expression": expression, "escapes": ansi.ESCAPE.pattern, **limits}).decode()
    source = (pkgutil.get_data(__package__, "matching.py") or b"").decode()
    command = [sys.executable, "-I", "-S", "-c", source, said]
    with flowing(poured) as log:
        try:
            done = subprocess.run(  # noqa: S603 - a program of ours, and no shell
                command, stdin=log, capture_output=True, env={}, cwd="/", timeout=WAIT_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise Invalid("search: the expression takes too long on this log") from None
    if done.returncode in (-signal.SIGKILL, -signal.SIGXCPU):
        raise Invalid("search: the expression takes too long on this log")
    if done.returncode:
        raise Invalid("search: the expression takes too much memory on this log")
    answer = orjson.loads(done.stdout)
    return answer["found"], answer["looked"]


@contextmanager
def _place() -> Iterator[None]:
    if not PLACES.acquire(blocking=False):
        raise Unavailable("too many logs are being searched, please retry")
    try:
        yield
    finally:
        PLACES.release()
