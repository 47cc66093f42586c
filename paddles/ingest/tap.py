"""TAP and KTAP, of a file or of a kernel's log, into facts. Pure."""

import re
from collections.abc import Iterable, Iterator

from paddles.archive.texts import named
from paddles.errors import Invalid
from paddles.ingest import facts, tap_lines, tap_tree, text
from paddles.ingest.facts import Suite
from paddles.ingest.tap_lines import Line

# The names under which Linux lists its tests: "selftests: mount: run.sh" is the test run.sh of mount.
SELFTEST = re.compile(r"selftests: ([^:]+): (.+)")


def parse(content: bytes, *, name: str = "tap") -> list[Suite]:
    """Return one suite of every result, those of subtests too, called by the path of names with dots between.

    SKIP is skipped, whatever stood before it. TODO and XFAIL are waived, XFAIL as a failure. ERROR is an error, and a
    timeout a failure. What a result said is the diagnostics about it: in KTAP those above, in TAP those below, a YAML
    block too. A selftest of Linux is called as in ``mount.run.sh``.

    The suite is what the results of its top level are. A plan of that level that is not met, and a bail-out, fail it
    and are its faults; a subtest that was cut does not, and is unknown where its result never came.

    Raises:
        Invalid: no line is TAP, or the document is empty or too large.
    """
    return [suite_of(tap_tree.grow(events(text.decode(content))), name, "tap")]


def events(document: str) -> Iterator[Line]:
    """Yield what the lines of a document say; the lines of a YAML block are diagnostics of the result above it.

    Raises:
        Invalid: no line is TAP.
    """
    met = False
    for line in _unfolded(tap_lines.read(line) for line in text.lines(document)):
        met = met or line.kind in ("version", "plan", "result", "bail", "title")
        yield line
    if not met:
        raise Invalid("no line of the document is TAP: neither a plan nor a result")


def suite_of(tree: tap_tree.Tree, name: str, context: str) -> Suite:
    """Return the suite that a tree's results are, with those of Linux' selftests called as ``parse`` says."""
    for point in tree.points:
        point.name = SELFTEST.sub(r"\1.\2", point.name)
    cases = list(tap_tree.cases(tree.points))
    status = facts.verdict(tap_tree.cases(_bare(tree.points)))
    if tree.faults:
        status = "fail"
    elif tree.skipped and not cases:
        status = "skip"
    return Suite(named(name), tuple(cases), status, context, tuple(tree.faults))


def _bare(points: Iterable[tap_tree.Point]) -> Iterator[tap_tree.Point]:
    return (tap_tree.Point(point.name, point.status, point.waived) for point in points)


def _unfolded(lines: Iterable[Line]) -> Iterator[Line]:
    """Tell the lines of YAML blocks from noise: indented below a result, from ``---`` to ``...``."""
    result: tap_tree.Level | None = None
    block: tap_tree.Level | None = None
    for line in lines:
        if block is not None and line.kind in ("noise", "diagnostic") and (line.level >= block or not line.text):
            yield line if line.text in ("...", "") else Line("diagnostic", result or block, line.text)
            block = None if line.text == "..." else block
            continue
        block = None
        if line.kind == "noise" and line.text == "---" and result is not None and line.level > result:
            block = line.level
            continue
        result = line.level if line.kind == "result" else None
        yield line
