"""Lines of TAP put together: results, and in each those of the subtest that it closes. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from paddles.archive.texts import LONGEST_NAME
from paddles.errors import Invalid
from paddles.ingest import facts
from paddles.ingest.facts import Case
from paddles.ingest.tap_lines import Line

Level = tuple[int, int]
TOP: Level = (0, 0)
# Of what was said about one result so many of the last lines are kept, or half of them.
MOST_SAID = 10_000
MOST_FAULTS = 100


@dataclass
class Point:
    """A result, what was said about it, and the results inside it, which came before it."""

    name: str
    status: str = "unknown"
    waived: bool = False
    said: list[str] = field(default_factory=list)
    inside: list["Point"] = field(default_factory=list)


@dataclass
class Frame:
    """The results of one level that no result of a level above has closed yet; a title is that of their subtest."""

    level: Level
    title: str = ""
    points: list[Point] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@dataclass
class Tree:
    """What has been read: the results of the top level and what is wrong with the document.

    Attributes:
        faults: plans that were not met and bail-outs, both of the top level only; a subtest may be cut.
        speaks_before: whether diagnostics speak of the result below them, as the kernel's do, or of the one above.
        skipped: the plan of the top level says that nothing is run, and why.
        planned, came: results of the top level, since the last document in the document began.
        results: those of all levels, and the titles of subtests.
    """

    frames: list[Frame] = field(default_factory=lambda: [Frame(TOP)])
    faults: list[str] = field(default_factory=list)
    speaks_before: bool = False
    skipped: str = ""
    planned: int | None = None
    came: int = 0
    results: int = 0

    @property
    def points(self) -> list[Point]:
        """Return the results of the top level, those of subtests that were cut among them."""
        return self.frames[0].points


def grow(lines: Iterable[Line]) -> Tree:
    """Return the tree that ``lines`` make. Raises Invalid when it has more than ``facts.MOST_CASES`` results."""
    tree = Tree()
    for line in lines:
        add(tree, line)
    close(tree)
    return tree


def add(tree: Tree, line: Line) -> None:
    """Take one more line. Raises Invalid as ``grow``."""
    tree.results += line.kind in ("result", "title")
    if tree.results > facts.MOST_CASES:
        raise Invalid(f"a document has at most {facts.MOST_CASES} results")
    if line.kind == "result":
        _result(tree, line)
    elif line.kind == "title":
        fold(tree, line.level)
        _frame(tree, line.level).title = line.text.strip()
    elif line.kind == "diagnostic":
        _say(tree, line.level, line.text)
    elif line.level == TOP:
        _top(tree, line)
    # The kernel's tests say what goes wrong before they say that it did.
    tree.speaks_before |= line.kind == "title" or (line.kind == "version" and line.text.startswith("K"))
    tree.speaks_before |= line.kind == "result" and line.level[0] > 0


def close(tree: Tree) -> None:
    """Take the end: what is open is cut, and the last plan is met or not."""
    fold(tree, (0, 1))
    _settle(tree)


def cases(points: Iterable[Point], prefix: str = "") -> Iterator[Case]:
    """Yield each result as a case, those inside it before it, called by the path of names with dots between."""
    for point in points:
        name = f"{prefix}.{point.name}"[-2 * LONGEST_NAME :] if prefix else point.name
        yield from cases(point.inside, name)
        yield facts.case(name, point.status, waived=point.waived, output="\n".join(point.said))


def fold(tree: Tree, floor: Level) -> None:
    """Close what is open at ``floor`` and deeper, whose own result never came."""
    while tree.frames[-1].level >= floor and len(tree.frames) > 1:
        frame = tree.frames.pop()
        if frame.title:
            tree.frames[-1].points.append(Point(frame.title, said=frame.said, inside=frame.points))
            continue
        tree.frames[-1].points.extend(frame.points)
        tree.frames[-1].said.extend(frame.said)


def _result(tree: Tree, line: Line) -> None:
    inside = _claimed(tree, line)
    frame = _frame(tree, line.level)
    status, waived = judged(line)
    point = Point(line.text, status, waived, frame.said, inside)
    if line.directive not in ("", "SKIP", "CUT") or line.reason not in ("", line.text):
        point.said.append(f"{line.directive} {line.reason}".strip())
    frame.said = []
    frame.points.append(point)
    tree.came += line.level == TOP


def _claimed(tree: Tree, line: Line) -> list[Point]:
    """Take the results that a result closes; those below the title of something else were cut."""
    while len(tree.frames) > 2 and tree.frames[-2].level > line.level:
        fold(tree, tree.frames[-1].level)
    frame = tree.frames[-1]
    if frame.level <= line.level:
        return []
    if frame.title not in ("", line.text):
        fold(tree, frame.level)
        return []
    tree.frames.pop()
    if frame.said:
        _frame(tree, line.level).said.extend(frame.said)
    return frame.points


def judged(line: Line) -> tuple[str, bool]:
    """Return the status of a result, and whether it is waived: TODO and an expected failure are."""
    if line.directive == "SKIP":
        return "skip", False
    if line.directive == "XFAIL":
        return "fail", True
    if line.directive == "CUT":
        return "unknown", False
    if line.ok:
        return "pass", line.directive == "TODO"
    return "error" if line.directive == "ERROR" else "fail", line.directive == "TODO"


def _frame(tree: Tree, level: Level) -> Frame:
    """Return the frame of a level; what is open deeper has been closed before."""
    if tree.frames[-1].level < level:
        tree.frames.append(Frame(level))
    return tree.frames[-1]


def _say(tree: Tree, level: Level, words: str) -> None:
    # What is said before the first result of a subtest begins the subtest.
    began = level > tree.frames[-1].level and (tree.speaks_before or level[0])
    frame = _frame(tree, level) if began else next(f for f in reversed(tree.frames) if f.level <= level)
    about = frame.said if tree.speaks_before or not frame.points else frame.points[-1].said
    about.append(words)
    if len(about) > MOST_SAID:
        del about[: MOST_SAID // 2]


def _top(tree: Tree, line: Line) -> None:
    if line.kind == "bail":
        _fault(tree, f"bail out: {line.text}".removesuffix(": "))
    elif line.kind == "version" or (line.kind == "plan" and tree.planned is not None and tree.came):
        _settle(tree)
    if line.kind == "plan":
        tree.planned = line.planned
        tree.skipped = line.reason or "SKIP" if line.directive == "SKIP" else tree.skipped


def _settle(tree: Tree) -> None:
    """Compare a plan with what came, and begin a new count: documents may stand one behind the other."""
    fold(tree, (0, 1))
    if tree.planned is not None and tree.planned != tree.came:
        _fault(tree, f"planned {tree.planned}, came {tree.came}")
    tree.planned, tree.came = None, 0


def _fault(tree: Tree, words: str) -> None:
    if len(tree.faults) < MOST_FAULTS:
        tree.faults.append(words[:LONGEST_NAME])
