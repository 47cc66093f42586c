"""The results that a run left as ``junit.xml*``: tests for the server."""

from __future__ import annotations

import re
import stat
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .console import Failed

FILE_BYTES = 64 * 1024 * 1024
OUTPUT_CHARACTERS = 65_535
# What one request may hold, in characters of output.
PORTION = 400_000
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]+")
NAME_CHARACTERS = 255

Result = Mapping[str, str]


class Suite(NamedTuple):
    """A test and its results, each with ``name``, ``context``, ``status`` and ``output``."""

    name: str
    context: str
    status: str
    results: Sequence[Result]

    def portions(self) -> Iterator[dict[str, Any]]:
        """Yield the suite as requests: all of it in the first, unless that would be too large."""
        groups: list[list[Result]] = [[]]
        room = PORTION
        for result in self.results:
            need = 200 + len(result["name"]) + len(result["output"])
            if need > room and groups[-1]:
                groups.append([])
                room = PORTION
            groups[-1].append(result)
            room -= need
        for number, group in enumerate(groups, 1):
            status = self.status if number == len(groups) else "RUNNING"
            yield {"context": self.context, "status": status, "results": group}


class _Builder(ET.TreeBuilder):
    """Takes elements and text only: what can be declared at the top of a document can blow it up."""

    def doctype(self, *_: object) -> None:
        """Refuse a declaration."""
        raise Failed("it has a DOCTYPE, which no results need")


def suites(archive: Path) -> Iterator[tuple[str, list[Suite]]]:
    """Yield the name of each file and its suites.

    Raises:
        Failed: a file is no such XML, or too large.
    """
    for path in sorted(archive.glob("junit.xml*")):
        if stat.S_ISREG(path.lstat().st_mode):
            try:
                yield path.name, read(path)
            except Failed as error:
                raise Failed(f"{path.name}: {error}") from None


def read(path: Path) -> list[Suite]:
    """Return the suites of a file, also those within others, as far as they have cases of their own.

    Raises:
        Failed: it is no XML, declares something, is too large, or is too deep.
    """
    if path.stat().st_size > FILE_BYTES:
        raise Failed(f"it has more than {FILE_BYTES} bytes")
    try:
        root = ET.parse(path, ET.XMLParser(target=_Builder())).getroot()
        found = [suite(each, path.name) for each in root.iter("testsuite") if each.find("testcase") is not None]
    except (ET.ParseError, ValueError, LookupError, RecursionError, OSError) as error:
        raise Failed(f"it cannot be read: {error}") from None
    return found


def suite(element: ET.Element, file: str) -> Suite:
    """Return a suite; it failed when one of its results did."""
    results = [result(case) for case in element.iterfind("testcase")]
    statuses = [each["status"] for each in results]
    name = tidy(element.get("name") or "junit")
    context = f"{file} skipped={statuses.count('SKIPPED')}"
    return Suite(name, context, "FAILED" if "FAILED" in statuses else "PASSED", results)


def result(case: ET.Element) -> Result:
    """Return a case: failed, and the XML of that as its output, skipped, or passed."""
    found: dict[str, str] = {"name": tidy(case.get("name") or "unnamed"), "context": tidy(case.get("classname") or "")}
    failures = [each for each in case if each.tag in ("error", "failure")]
    if failures:
        output = "\n".join(ET.tostring(each, "unicode").strip() for each in failures)
        return {**found, "status": "FAILED", "output": cut(output)}
    status = "SKIPPED" if case.find("skipped") is not None else "PASSED"
    return {**found, "status": status, "output": ""}


def cut(output: str) -> str:
    """Return what is kept of an output: its end, which says so, when it is too long."""
    mark = "<truncated>\n"
    return output if len(output) <= OUTPUT_CHARACTERS else mark + output[len(mark) - OUTPUT_CHARACTERS :]


def tidy(name: str) -> str:
    """Return a name that can stand in an address."""
    name = UNPRINTABLE.sub(" ", name).strip()[:NAME_CHARACTERS]
    return f"junit{name}" if name in ("", ".", "..") else name
