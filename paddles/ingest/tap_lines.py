"""One line of TAP or KTAP, in a file of its own or in a kernel's log. Pure.

Source: the specifications of TAP 13 and 14 and of KTAP 1; tools/testing/selftests of Linux, which puts ``# `` before
what a test prints, its own TAP too.
"""

import re
from typing import Literal, NamedTuple

Kind = Literal["version", "plan", "result", "bail", "title", "diagnostic", "noise"]

# Before a line in a kernel's log: its level, the time, the thread or processor that wrote it.
LOGGED = re.compile(r"(?:<\d{1,3}>)?\[ {0,12}\d{1,12}\.\d{1,9}\](?:\[ {0,8}[CT]\d{1,10}\])? ?")
LEAD = re.compile(r"(?:# |[ \t])*+")
VERSION = re.compile(r"K?TAP version \d+\s*$")
PLAN = re.compile(r"1\.\.(\d{1,9})\s*(?:#\s*(.*))?$")
RESULT = re.compile(r"(not )?ok(?: +(\d{1,12}))?(?: +- | - ?| +|$)(.*)$")
BAIL = re.compile(r"Bail out!\s*(.*)$")
TITLE = re.compile(r"Subtest: *(.+)$|(selftests: .+)$")
DIRECTIVE = re.compile(r"(?:^|(?<=\s))#\s*(SKIP|TODO|XFAIL|TIMEOUT|ERROR)(?:PED)?\b:?(?!=)\s*(.*)$", re.IGNORECASE)
REMARK = re.compile(r"(?:^|(?<=\s))#\s+(.*)$")
ESCAPED = re.compile(r"\\([#\\])")
# Deeper than this, levels are one.
MOST_HASHES, WIDEST = 8, 40


class Line(NamedTuple):
    """What a line is.

    Attributes:
        level: how far inside, comparable: the ``# `` before it, then its indentation. Of a diagnostic it is the level
            of what it speaks of, of a title that of what it is the title of.
        text: a description, a reason, a title, a version, a diagnostic's words.
        ok: of a result, what it said before its directive.
        directive: of a result, the one it has, in capitals, or ``CUT``, which no line says, of one that never came; of
            a plan ``SKIP``.
        reason: what stands behind the directive, or is remarked behind a ``#``.
        planned: of a plan, how many results are to come.
    """

    kind: Kind
    level: tuple[int, int]
    text: str = ""
    ok: bool = True
    directive: str = ""
    reason: str = ""
    planned: int = 0


def read(line: str) -> Line:
    """Return what ``line``, without its end, says; whatever is no TAP is noise, or a diagnostic when it has a ``#``.

    Behind a ``# `` and in a kernel's log a result has a number: nothing else tells it from a message there.
    """
    logged = LOGGED.match(line)
    inside = line[logged.end() :] if logged else line
    lead = LEAD.match(inside)
    words, before = inside[lead.end() if lead else 0 :].rstrip(), lead[0] if lead else ""
    level = _level(before)
    return _protocol(words, level, numbered=bool(level[0] or logged)) or _other(words, before, level)


def _level(lead: str) -> tuple[int, int]:
    width = sum(4 if letter == "\t" else 1 for letter in lead.replace("# ", ""))
    return min(lead.count("# "), MOST_HASHES), min(width, WIDEST)


def _protocol(words: str, level: tuple[int, int], *, numbered: bool) -> Line | None:
    if VERSION.match(words):
        return Line("version", level, words)
    if plan := PLAN.match(words):
        directive = DIRECTIVE.search(f"# {plan[2]}") if plan[2] else None
        skipped = "SKIP" if directive and directive[1].upper() == "SKIP" else ""
        return Line("plan", level, directive=skipped, reason=plan[2] or "", planned=int(plan[1]))
    if bail := BAIL.match(words):
        return Line("bail", level, bail[1])
    result = RESULT.match(words)
    return _result(result, level) if result and (result[2] or not numbered) else None


def _result(result: re.Match[str], level: tuple[int, int]) -> Line:
    directive = DIRECTIVE.search(result[3])
    described = result[3][: directive.start()] if directive else result[3]
    remark = REMARK.search(described)
    described = described[: remark.start()] if remark else described
    reason = directive[2].strip() if directive else remark[1].strip() if remark else ""
    # A test that is skipped before it has a name says its name as the reason.
    text = ESCAPED.sub(r"\1", described).strip() or reason or (f"test {result[2]}" if result[2] else "")
    return Line("result", level, text, not result[1], directive[1].upper() if directive else "", reason)


def _other(words: str, lead: str, level: tuple[int, int]) -> Line:
    if not level[0] and not words.startswith("#"):
        return Line("noise", level, words)
    if title := TITLE.match(words):
        # A subtest's title is indented as its results are; those of a script stand behind one more "# ".
        return Line("title", (level[0] - 1, max(level[1], 1)) if title[1] else (level[0], 0), title[1] or title[2])
    words = words[1:].strip() if words.startswith("#") and not level[0] else words
    return Line("diagnostic", (max(level[0] - 1, 0), level[1]), words)
