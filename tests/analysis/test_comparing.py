"""Runs beside each other, against a model of what comparing them means."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from paddles.analysis import classes, comparing
from paddles.analysis.classes import CLASSES, VERDICTS
from paddles.analysis.comparing import Comparison, Wanted
from paddles.archive import tests
from paddles.db.engine import Database
from paddles.db.pages import Page
from paddles.db.work import read, transact
from paddles.errors import Invalid, NotFound
from tests.conftest import NOW
from tests.kernels.rows import RUN, make_boot
from tests.units import accept, at, job_of, submit

ALL = Page(None)
JOB_STATUSES = ("pass", "pass", "fail", "dead", "running", "queued")
CASE_STATUSES = ("pass", "pass", "fail", "error", "skip", "unknown")
DURATIONS = (None, 10.0, 69.0, 71.0, 400.0, 481.0)


@dataclass(frozen=True)
class Ran:
    """A job of a run: what it is called, how it ended after so many seconds, and what its cases say."""

    name: str
    status: str
    seconds: float = 0
    cases: Sequence[tuple[str, str, float | None]] = ()


def case(name: str, status: str, duration: float | None = None, *, waived: bool = False) -> dict[str, Any]:
    """Return a case as it is stored."""
    said = {"name": name, "status": status, "waived": waived, "output": "", "duration_s": duration}
    return {**said, "measurement": None, "units": ""}


def make(database: Database, run: str, key: str, job: Ran) -> None:
    """Put a job into a run, with its cases in the suite ``s``, of which it was the third."""
    first = "queued" if job.status == "queued" else "running"
    submit(database, run, key, status=first, description=job.name)
    if job.status != first:
        accept(database, run, key, status=job.status, now=at(job.seconds))
    if job.cases:
        found = {"name": "3_s", "context": "", "status": "pass", "faults": [], "duration_s": None}
        suite = {**found, "cases": [case(*each) for each in job.cases]}
        job_id = job_of(database, run, key).id
        transact(database, lambda session: tests.store(session, job_id, [suite], NOW))


def compare(database: Database, *names: str, **wanted: Any) -> Comparison:
    """Compare runs by all classes, and all of their tests, unless something else is wanted."""
    said = Wanted(**{"classes": CLASSES, "part": ALL, **wanted})
    return read(database, lambda session: comparing.compare(session, names, said))


def shown(found: Comparison) -> dict[tuple[str, str], str]:
    """Return the class of each test."""
    return {(test.name, test.test): test.kind for test in found.tests}


def strongest(said: Sequence[tuple[str, float | None]]) -> tuple[str, float | None] | None:
    """Return what several results of one test in a run are together: the strongest, and the longest time."""
    if not said:
        return None
    durations = [duration for _, duration in said if duration is not None]
    return max((status for status, _ in said), key=VERDICTS.index), max(durations, default=None)


def model(runs: Sequence[Sequence[Ran]]) -> dict[tuple[str, str], str]:
    """Return the class of each test as it is defined, one after the other."""
    found: dict[tuple[str, str], list[list[tuple[str, float | None]]]] = {}
    bare = {job.name for jobs in runs for job in jobs if not job.cases or job.status == "dead"}
    for side, jobs in enumerate(runs):
        for job in jobs:
            if job.name in bare:
                took = None if job.status in ("queued", "running") else job.seconds
                found.setdefault((job.name, ""), [[] for _ in runs])[side].append((job.status, took))
            for name, status, duration in () if job.status == "dead" else job.cases:
                told = "fail" if status == "error" else status
                found.setdefault((job.name, f"s/{name}"), [[] for _ in runs])[side].append((told, duration))
    told = {key: [strongest(said) for said in sides] for key, sides in found.items()}
    dead = {name for (name, test), sides in told.items() for end in (sides[0], sides[-1]) if end and end[0] == "dead"}
    return {key: classed(sides) for key, sides in told.items() if not (key[1] and key[0] in dead)}


def classed(sides: Sequence[tuple[str, float | None] | None]) -> str:
    """Return the class of a test by what the first and the last run say."""
    (first, before), (last, after) = (side or (None, None) for side in (sides[0], sides[-1]))
    return classes.of(first, last, changed=classes.changed(before, after))


def some(dice: random.Random) -> list[Ran]:
    """Return the jobs of a run, some of which are called the same."""
    return [
        Ran(
            f"d{dice.randrange(4)}",
            dice.choice(JOB_STATUSES),
            dice.choice((10, 50, 200, 1000)),
            [
                (f"c{dice.randrange(5)}", dice.choice(CASE_STATUSES), dice.choice(DURATIONS))
                for _ in range(dice.choice((0, 0, 2, 6)))
            ],
        )
        for _ in range(dice.randrange(7))
    ]


@pytest.mark.parametrize("seed", range(12))
def test_runs_compare_as_the_model_says(database: Database, seed: int) -> None:
    """Whatever is in two to four runs: each test once, with its class, and classes counted as they are."""
    dice = random.Random(seed)
    runs = [[Ran("always", dice.choice(JOB_STATUSES)), *some(dice)] for _ in range(2 + seed % 3)]
    for side, jobs in enumerate(runs):
        for key, job in enumerate(jobs):
            make(database, f"r{side}", str(key), job)

    found = compare(database, *(f"r{side}" for side in range(len(runs))))

    assert model(runs) == shown(found)
    assert len(found.tests) == found.total
    assert Counter(test.kind for test in found.tests) == Counter(found.counts)


def test_each_result_says_whose_it_is(database: Database) -> None:
    """What each run says of a test, between the first and the last too, with the time and a job that said it."""
    make(database, "r0", "a1", Ran("d", "pass", 100))
    make(database, "r0", "a2", Ran("d", "fail", 50))
    make(database, "r2", "c1", Ran("d", "pass", 30))
    make(database, "r1", "b1", Ran("other", "pass", 1))

    (test, _) = compare(database, "r0", "r1", "r2").tests

    assert ("d", "", "fixed") == (test.name, test.test, test.kind)
    assert [("fail", 100, "a2"), None, ("pass", 30, "c1")] == [
        each and (each.status, each.duration, each.job) for each in test.results
    ]


def test_a_dead_job_stands_for_its_cases(database: Database) -> None:
    """Its tests did not disappear: the lab had trouble, once."""
    make(database, "r0", "1", Ran("d", "pass", 1, [("c1", "pass", None), ("c2", "fail", None)]))
    make(database, "r1", "1", Ran("d", "dead", 1))

    assert {("d", ""): "infra"} == shown(compare(database, "r0", "r1"))


def test_a_waived_failure_is_skipped(database: Database) -> None:
    """Nobody is told of what is known to fail."""
    for run in ("r0", "r1"):
        make(database, run, "1", Ran("d", "pass", 1, [("c", "pass", None)]))
    suite = {"name": "s", "context": "", "status": "pass", "faults": [], "duration_s": None}
    suite["cases"] = [case("known", "fail", waived=True)]
    job_id = job_of(database, "r1", "1").id
    transact(database, lambda session: tests.store(session, job_id, [suite], NOW))

    assert "appeared" == shown(compare(database, "r0", "r1"))["d", "s/known"]


def test_boots_are_called_by_what_they_boot(database: Database) -> None:
    """Not by their tree, branch or kernel: those are what runs differ by."""
    make_boot(database, 1, suites={"ltp": "pass fail", "lava": "pass"})
    submit(database, "r1", "1", status="pass")

    assert {
        ("1", ""): "new_pass",
        ("baseline/arm64/rpi4/lab-a/defconfig/gcc-12", "ltp/case-1"): "disappeared",
        ("baseline/arm64/rpi4/lab-a/defconfig/gcc-12", "ltp/case-2"): "disappeared",
    } == shown(compare(database, RUN, "r1"))


def test_parts_follow_each_other(database: Database) -> None:
    """By class, then by name; words choose tests before they are counted."""
    for run, status in (("r0", "pass"), ("r1", "fail")):
        for key in range(5):
            make(database, run, str(key), Ran(f"d{key}", status))
    make(database, "r1", "x", Ran("100% of D_X", "fail"))

    parts = [compare(database, "r0", "r1", part=Page(4, offset)) for offset in (0, 4, 8)]

    assert [["d0", "d1", "d2", "d3"], ["d4", "100% of D_X"], []] == [
        [test.name for test in part.tests] for part in parts
    ]
    assert {6} == {part.total for part in parts}
    assert {("100% of D_X", ""): "new_failure"} == shown(compare(database, "r0", "r1", words="% of d_"))
    assert 1 == sum(compare(database, "r0", "r1", words="d3").counts.values())


def test_runs_that_cannot_be_compared(database: Database) -> None:
    """There have to be two to six that exist, each once."""
    submit(database, "r0", "1", status="pass")

    with pytest.raises(NotFound, match="no run is called r1"):
        compare(database, "r0", "r1")
    for names in ((), ("r0",), ("r0", "r0"), tuple("abcdefg")):
        with pytest.raises(Invalid, match="2 to 6 different runs"):
            compare(database, *names)
