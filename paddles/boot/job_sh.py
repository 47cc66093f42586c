"""job.sh, which a machine's client sources and runs: the job's values as exported variables, and its programs."""

from collections.abc import Iterator, Mapping
from typing import Any

from paddles.boot import programs
from paddles.boot.privacy import private
from paddles.boot.shell import IDENTIFIER, quoted, text
from paddles.errors import Invalid

HEAD = ("#!/bin/sh", "", "export_top_env()", "{")
TAIL = ("", '\t[ -n "$LKP_SRC" ] ||', "\texport LKP_SRC=/lkp/${user:-lkp}/src", "}", "")


def render(document: Mapping[str, Any], registry: Mapping[str, str] = programs.REGISTRY) -> str:
    """Return the script of a completed job: ``export_top_env``, then the functions that it runs.

    Every variable has literally the value that was sent; what is private is none. The functions are the lines that the
    job brings as ``job2sh``, which are shell and stay what they are, or else are made from its programs, ``registry``
    saying what kind each is.

    Raises:
        Invalid: ``job2sh`` is not a mapping of lists of lines, or a program cannot be made shell of.
    """
    lines = [*HEAD, *_exports(document), *TAIL, *(_given(document) or _made(document, registry)), '"$@"', ""]
    return "\n".join(lines)


def _exports(document: Mapping[str, Any]) -> Iterator[str]:
    for name, value in document.items():
        said = None if private(name) or not IDENTIFIER.fullmatch(name) else text(value)
        if said:
            yield f"\texport {name}={quoted(said)}"


def _given(document: Mapping[str, Any]) -> list[str]:
    functions = document.get("job2sh") or {}
    if not isinstance(functions, Mapping):
        raise Invalid("job2sh must be an object of lists of lines")
    return [line for name, lines in functions.items() for line in _lines(name, lines)]


def _lines(name: str, lines: Any) -> list[str]:
    if lines is None:
        return []
    if not isinstance(lines, list) or not all(line is None or isinstance(line, str) for line in lines):
        raise Invalid(f"job2sh.{name} must be a list of strings and nulls")
    if any("\0" in line for line in lines if line):
        raise Invalid("a job holds no NUL characters")
    return [line or "" for line in lines]


def _made(document: Mapping[str, Any], registry: Mapping[str, str]) -> list[str]:
    items = programs.found(document, registry)
    return [*programs.run_job(items), "", *programs.extract_stats(items), ""]
