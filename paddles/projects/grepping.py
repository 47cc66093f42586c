"""Tests that the log of a run tells of, found by the regular expressions of its definition. Pure.

Expressions of users may take any time, and any memory: they are matched in a process that the kernel ends when it has
used its share. Source: JobServ's test grepping, which gives up for good on a word or a byte that it does not know.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from paddles.archive.texts import named
from paddles.errors import Invalid
from paddles.projects import line_matcher

CPU_S = 5
# On a busy machine a process gets less than all of the time.
PATIENCE = 4
MEMORY_BYTES = 256 * 2**20
# What definitions call the three ways to end.
WORDS = {"PASSED": "pass", "FAILED": "fail", "SKIPPED": "skip"}
DEFAULT_TEST = "default"


def found(log: IO[bytes], grepping: Mapping[str, Any], *, cpu_s: int = CPU_S) -> list[dict[str, Any]]:
    """Return the tests that a log tells of, in the order in which they begin, as ``archive.tests`` stores them.

    Args:
        log: a file, of which is read what is from here on. What is no UTF-8 in it is replaced.
        grepping: what the run's definition has under ``test-grepping``.
        cpu_s: how long the expressions may take, in seconds of CPU time.

    Raises:
        Invalid: they take longer, more than ``MEMORY_BYTES``, or find more than ``line_matcher.MOST_MATCHES``.
    """
    said = {"test": grepping.get("test-pattern"), "result": grepping["result-pattern"]}
    limits = {"cpu_s": cpu_s, "memory_bytes": MEMORY_BYTES}
    command = [sys.executable, "-I", "-S", str(Path(line_matcher.__file__)), json.dumps({**said, **limits})]
    try:
        done = subprocess.run(  # noqa: S603 - a program of ours, and no shell
            command, stdin=log, capture_output=True, env={}, cwd="/", timeout=cpu_s * PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise Invalid(_too_long(cpu_s)) from None
    if done.returncode in (-signal.SIGKILL, -signal.SIGXCPU):
        raise Invalid(_too_long(cpu_s))
    if done.returncode == line_matcher.TOO_MANY:
        raise Invalid(f"test-grepping finds more than {line_matcher.MOST_MATCHES} results in the log, or too long ones")
    if done.returncode:
        raise Invalid(f"test-grepping takes more than {MEMORY_BYTES} bytes of memory on the log")
    return collected(map(json.loads, done.stdout.splitlines()), grepping)


def collected(matches: Iterable[list[str]], grepping: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tests that matches (``line_matcher.matches``) make; those of one name are one.

    A test passes unless one of its results fails. A result fails whose word, when ``fixupdict`` has had its say, is
    none of ``WORDS``; the word is then kept as the result's context.
    """
    context, meanings = grepping.get("test-pattern") or "", grepping.get("fixupdict") or {}
    there: dict[str, dict[str, Any]] = {}
    current: dict[str, Any] | None = None
    for name, *word in matches:
        if not word:
            current = there.setdefault(named(name), _test(named(name), context))
            continue
        if current is None:
            current = there.setdefault(DEFAULT_TEST, _test(DEFAULT_TEST, context))
        result = _result(named(name), meanings.get(word[0], word[0]))
        current["cases"].append(result)
        if result["status"] == "fail":
            current["status"] = "fail"
    return list(there.values())


def _test(name: str, context: str) -> dict[str, Any]:
    return {"name": name, "context": context, "status": "pass", "duration_s": None, "faults": [], "cases": []}


def _result(name: str, word: str) -> dict[str, Any]:
    status = WORDS.get(word, "fail")
    said = {"name": name, "status": status, "context": "" if word in WORDS else named(word, "")}
    return {**said, "waived": False, "output": "", "measurement": None, "units": "", "duration_s": None}


def _too_long(cpu_s: int) -> str:
    return f"test-grepping takes more than {cpu_s} s on the log"
