"""Tests that the log of a run tells of, found by the regular expressions of its definition.

Expressions of users may take any time, and any memory: they are matched in a process that the kernel ends when it has
used its share. Servers search the logs that they are sent in the same way, where this is the server's own runner.
"""

from __future__ import annotations

import json
import pkgutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import IO, Any, Callable

from . import line_matcher
from .console import Failed
from .junit import Result, Suite, tidy

CPU_S = 5
# On a busy machine a process gets less than all of the time.
PATIENCE = 4
MEMORY_BYTES = 256 * 2**20
WORDS = ("PASSED", "FAILED", "SKIPPED")
DEFAULT_TEST = "default"


def found(
    log: IO[bytes],
    grepping: Mapping[str, Any],
    *,
    cpu_s: int = CPU_S,
    memory_bytes: int = MEMORY_BYTES,
    named: Callable[[str], str] = tidy,
) -> list[Suite]:
    """Return the tests that a log tells of, in the order in which they begin.

    Args:
        log: a file, of which is read what is from here on. What is no UTF-8 in it is replaced.
        grepping: what the run's definition has under ``test-grepping``.
        cpu_s: how long the expressions may take, in seconds of CPU time.
        memory_bytes: how much they may take of memory.
        named: makes a name, or a word, of what a group has found.

    Raises:
        Failed: they take longer, more, or find more than ``line_matcher.MOST_MATCHES``.
    """
    said = {"test": grepping.get("test-pattern"), "result": grepping["result-pattern"]}
    limits = {"cpu_s": cpu_s, "memory_bytes": memory_bytes}
    # Wherever this is imported from, which may be an archive, a program can be started from its text.
    source = (pkgutil.get_data(__package__, "line_matcher.py") or b"").decode()
    command = [sys.executable, "-I", "-S", "-c", source, json.dumps({**said, **limits})]
    try:
        done = subprocess.run(
            command, stdin=log, capture_output=True, env={}, cwd="/", timeout=cpu_s * PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise Failed(_too_long(cpu_s)) from None
    if done.returncode in (-signal.SIGKILL, -signal.SIGXCPU):
        raise Failed(_too_long(cpu_s))
    if done.returncode == line_matcher.TOO_MANY:
        raise Failed(f"test-grepping finds more than {line_matcher.MOST_MATCHES} results in the log, or too long ones")
    if done.returncode:
        raise Failed(f"test-grepping takes more than {memory_bytes} bytes of memory on the log")
    return collected(map(json.loads, done.stdout.splitlines()), grepping, named)


def collected(matches: Iterable[list[str]], grepping: Mapping[str, Any], named: Callable[[str], str]) -> list[Suite]:
    """Return the tests that matches (``line_matcher.matches``) make; those of one name are one.

    A test passes unless one of its results fails. A result fails whose word, when ``fixupdict`` has had its say, is
    none of ``WORDS``; the word is then kept as the result's context.
    """
    context, meanings = grepping.get("test-pattern") or "", grepping.get("fixupdict") or {}
    there: dict[str, list[Result]] = {}
    current: list[Result] | None = None
    for name, *word in matches:
        if not word:
            current = there.setdefault(named(name), [])
            continue
        if current is None:
            current = there.setdefault(DEFAULT_TEST, [])
        current.append(_result(named(name), meanings.get(word[0], word[0]), named))
    return [Suite(name, context, _status(results), results) for name, results in there.items()]


def _status(results: Iterable[Result]) -> str:
    return "FAILED" if any(result["status"] == "FAILED" for result in results) else "PASSED"


def _result(name: str, word: str, named: Callable[[str], str]) -> Result:
    known = word in WORDS
    context = named(word) if word and not known else ""
    return {"name": name, "status": word if known else "FAILED", "context": context, "output": ""}


def _too_long(cpu_s: int) -> str:
    return f"test-grepping takes more than {cpu_s} s on the log"
