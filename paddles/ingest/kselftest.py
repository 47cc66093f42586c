"""What ``make run_tests`` of Linux' selftests prints, into facts: KTAP, and tests that only say OK. Pure.

Source: tools/testing/selftests of Linux, and the statistics that lkp-tests makes of its output.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from paddles.errors import Invalid
from paddles.ingest import tap, tap_lines, tap_tree, text
from paddles.ingest.facts import Suite
from paddles.ingest.tap_lines import Line
from paddles.ingest.tap_tree import TOP, Point

PLACE = "/tools/testing/selftests/"
BROKEN = re.compile(r" (?:Error \d{1,9}|Stop\.)$")
WORDS = {"ok": "pass", "pass": "pass", "fail": "fail", "not ok": "fail", "skip": "skip", "unsupported": "skip"}
ENDS = re.compile(rf"(\[ ?)?(?<!\w)({'|'.join(sorted(WORDS, key=len, reverse=True))})( ?\])?$", re.IGNORECASE)
LONGEST_END = 20
# A part of a script begins, and later lines say how it ended: "kmod_test_0001_fs: OK! - loading kmod test".
BEGINS = re.compile(r"Running test: (\w+) - run #(\d{1,9})$|run(?:ning)? (\S+) test$", re.IGNORECASE)
SPEAKS = re.compile(r"\w{1,200}: (OK|FAIL|SKIP)!")
INSIDE = (1, 0)


@dataclass
class _Work:
    """Where in the output we are: the directory that is made, the test that runs, the part of it that has begun."""

    made: dict[str, str] = field(default_factory=dict)
    directory: str = ""
    testing: bool = False
    speaks_tap: bool = False
    part: str = ""
    status: str = "unknown"


def parse(content: bytes, *, name: str = "kselftest") -> list[Suite]:
    """Return one suite of every test, ``mount.run.sh``, and of what each says inside, ``mount.run.sh.part``.

    A test that speaks TAP itself is read as that. Of others the lines count that say how a part of them ended:
    ``TEST: part ... ok``, ``part [PASS]``, ``part: FAIL``; and those of a part that was begun with ``Running test: part
    - run #0`` or ``run part test``, of which the last counts. How a directory was built is its case ``make``.

    Status and faults are as those of ``tap.parse``.

    Raises:
        Invalid: no line is of a selftest, or the document is empty or too large.
    """
    tree, work = tap_tree.Tree(), _Work()
    for line in _events(text.lines(text.decode(content)), work):
        tap_tree.add(tree, line)
    tap_tree.close(tree)
    if not tree.points and not work.made:
        raise Invalid("no line of the document is of a selftest: neither a result nor make at work")
    tree.frames[0].points[:0] = [Point(f"{directory}.make", status) for directory, status in work.made.items()]
    return [tap.suite_of(tree, name, "kselftest")]


def _events(lines: Iterable[str], work: _Work) -> Iterator[Line]:
    """Yield what the lines say, and results for the parts that say theirs in other words."""
    for written in lines:
        line = tap_lines.read(written)
        if line.kind == "noise":
            _make(written, work)
        elif line.kind == "title" or (line.level == TOP and line.kind in ("result", "version")):
            yield from _ended(work)
            work.testing, work.speaks_tap = line.kind == "title", False
        elif line.kind in ("result", "plan", "version"):
            work.speaks_tap = True
        if line.kind == "version" and line.level == TOP and work.directory:
            work.made.setdefault(work.directory, "pass")
        yield line
        if line.kind == "diagnostic" and work.testing and not work.speaks_tap:
            yield from _loose(line.text, work)
    yield from _ended(work)


def _make(line: str, work: _Work) -> None:
    if not line.startswith("make") or PLACE not in line:
        return
    if "Entering directory '" in line:
        work.directory = line.rpartition(PLACE)[2].rstrip("'")
    elif ": *** " in line and BROKEN.search(line[-LONGEST_END:]) and work.directory:
        work.made[work.directory] = "fail"


def _loose(words: str, work: _Work) -> Iterator[Line]:
    if begins := BEGINS.match(words):
        yield from _ended(work)
        work.part = begins[3] or f"{begins[1]}.{begins[2]}"
    elif work.part and (speaks := SPEAKS.match(words)):
        work.status = WORDS[speaks[1].lower()]
    elif ends := ENDS.search(words, max(0, len(words) - LONGEST_END)):
        before, status = words[: ends.start()].rstrip(), WORDS[ends[2].lower()]
        if work.part and not before:
            work.status = status
        elif before and (before.endswith(("...", ":")) or (ends[1] and ends[3])):
            yield _said(before.removeprefix("TEST: ").rstrip(" .:"), status)


def _ended(work: _Work) -> Iterator[Line]:
    if work.part:
        yield _said(work.part, work.status)
    work.part, work.status = "", "unknown"


def _said(name: str, status: str) -> Line:
    return Line("result", INSIDE, name, status == "pass", {"skip": "SKIP", "unknown": "CUT"}.get(status, ""))
