"""KUnit, as the kernel's log has it among other lines, into facts. Pure."""

from collections.abc import Iterator

from paddles.archive.texts import named
from paddles.ingest import facts, tap, tap_tree, text
from paddles.ingest.facts import Suite
from paddles.ingest.tap_tree import Point


def parse(content: bytes, *, name: str = "kunit") -> list[Suite]:
    """Return a suite for each of KUnit's, with its cases; parameters of a case have names behind a dot.

    A suite is what its own result says. One whose result never came is unknown, as is one that said nothing. What is
    wrong with the log as a whole, a plan that was not met, is a suite ``name`` that fails, without cases.

    Raises:
        Invalid: as ``tap.parse``.
    """
    tree = tap_tree.grow(tap.events(text.decode(content)))
    suites = list(_suites(tree.points))
    if tree.faults:
        suites.append(Suite(named(name), (), "fail", "kunit", tuple(tree.faults)))
    return facts.joined(suites)


def _suites(points: list[Point]) -> Iterator[Suite]:
    for point in points:
        cases = tuple(tap_tree.cases(point.inside))
        status = "pass" if point.waived and point.status == "fail" else point.status
        yield Suite(named(point.name), cases, status, "kunit")
