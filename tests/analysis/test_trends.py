"""Results over time, against what counting them one by one says."""

import datetime
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from paddles.analysis import rankings, trends
from paddles.analysis.trends import ALL, Which
from paddles.archive import tests
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import Invalid
from paddles.lab import tasks
from paddles.listing import stretches
from paddles.listing.stretches import ORIGIN, Chart
from tests.analysis.boots import Boot, tell
from tests.conftest import NOW
from tests.units import SCHEME, accept, job_of, rows, submit

DAYS = 6
WEEK = stretches.stretch(NOW - datetime.timedelta(days=DAYS), NOW, "day")
RESULTS = ("pass", "fail", "dead")


@dataclass(frozen=True)
class Ended:
    """A job, where it is, when it began, and how it ended after so many seconds."""

    suite: str
    branch: str
    description: str
    began: datetime.datetime
    seconds: int
    status: str

    @property
    def finished(self) -> datetime.datetime:
        """When it ended."""
        return self.began + datetime.timedelta(seconds=self.seconds)


def day(at: datetime.datetime) -> datetime.datetime:
    """Return when a day began."""
    return at - (at - ORIGIN) % datetime.timedelta(days=1)


@pytest.fixture(params=range(3))
def ended(database: Database, request: pytest.FixtureRequest) -> list[Ended]:
    """Jobs of runs, a run for each suite and branch, some of them before and behind the stretch."""
    dice = random.Random(request.param)
    found = [
        Ended(
            dice.choice(("rados", "rbd", "fs")),
            dice.choice(("main", "squid")),
            f"d{dice.randrange(4)}",
            NOW - datetime.timedelta(minutes=dice.randrange(-600, (DAYS + 1) * 24 * 60)),
            dice.randrange(1, 9000),
            dice.choice((*RESULTS, "pass", "running")),
        )
        for _ in range(60)
    ]
    for key, job in enumerate(found):
        said = {"suite": job.suite, "branch": job.branch, "description": job.description, "machine_type": "smithi"}
        run = f"{job.suite}-{job.branch}"
        submit(database, run, str(key), now=job.began, status="running", **said)
        if job.status != "running":
            accept(database, run, str(key), now=job.finished, status=job.status)
    return found


def drawn(database: Database, draw: Callable[..., Chart], *args: Any, **said: Any) -> Chart:
    """Draw a chart of the week."""
    return read(database, lambda session: draw(session, WEEK, *args, **said))


def told(chart: Chart, *names: str) -> dict[str, dict[datetime.datetime, tuple[Any, ...]]]:
    """Return those points, by key and day, in which there is anything."""
    return {
        series.key: {
            point.at: tuple(point.values[name] for name in names)
            for point in series.points
            if any(point.values.values())
        }
        for series in chart.series
    }


def within(job: Ended) -> bool:
    """Say whether a job has finished in the week."""
    return job.status != "running" and WEEK.since <= job.finished < WEEK.until


@pytest.mark.parametrize("which", [ALL, Which(suites=["rados", "fs"], branches=["main"]), Which(machine_types=["x"])])
def test_what_finished_is_counted_by_day(database: Database, ended: list[Ended], which: Which) -> None:
    """Each job once, on the day on which it finished, of the runs asked for."""
    expected: dict[datetime.datetime, Counter[str]] = defaultdict(Counter)
    for job in ended:
        here = job.suite in (which.suites or job.suite) and job.branch in (which.branches or job.branch)
        if within(job) and here and not which.machine_types:
            expected[day(job.finished)][job.status] += 1

    chart = drawn(database, trends.throughput, which)

    assert {"": {at: tuple(n[name] for name in RESULTS) for at, n in expected.items()}} == told(chart, *RESULTS)
    assert [WEEK.moments] == [[point.at for point in series.points] for series in chart.series]


def test_durations_are_those_of_jobs_that_say_something(database: Database, ended: list[Ended]) -> None:
    """Half of the jobs took at most the one, all but a twentieth the other; dead jobs are left out."""
    expected: dict[str, dict[datetime.datetime, list[int]]] = defaultdict(lambda: defaultdict(list))
    for job in ended:
        if within(job) and job.status != "dead":
            expected[job.suite][day(job.finished)].append(job.seconds)

    found = told(drawn(database, trends.durations, by="suite"), "n", "p50", "p95")

    assert {
        suite: {at: (len(took), share(took, 0.5), share(took, 0.95)) for at, took in days.items()}
        for suite, days in expected.items()
    } == {suite: {at: (n, *map(pytest.approx, p)) for at, (n, *p) in days.items()} for suite, days in found.items()}


def share(values: list[int], part: float) -> float:
    """Return what so large a part of some values is not beyond, between two of them where it is."""
    place = part * (len(values) - 1)
    below, above = sorted(values)[int(place)], sorted(values)[min(int(place) + 1, len(values) - 1)]
    return below + (above - below) * (place - int(place))


def test_durations_of_one_description(database: Database, ended: list[Ended]) -> None:
    """Only of jobs that are called so, exactly."""
    expected = sum(within(job) and job.status != "dead" for job in ended if job.description == "d1")

    for description, number in (("d1", expected), ("d", 0), ("D1", 0)):
        chart = drawn(database, trends.durations, by="", description=description)
        assert number == sum(point.values["n"] for series in chart.series for point in series.points)


def test_what_passed_adds_up_to_the_jobs_of_runs(database: Database, ended: list[Ended]) -> None:
    """By when the run was scheduled; the rate is of those that passed or failed, and null for none of them."""
    expected: dict[str, Counter[str]] = defaultdict(Counter)
    scheduled = {row.name: row.scheduled for row in rows(database, "SELECT name, scheduled FROM runs")}
    for job in ended:
        if WEEK.since <= scheduled[f"{job.suite}-{job.branch}"] < WEEK.until:
            expected[job.suite]["open" if job.status == "running" else job.status] += 1

    chart = drawn(database, trends.passes, by="suite")

    names = (*RESULTS, "open")
    assert expected == {
        series.key: Counter({name: n for name in names if (n := sum(point.values[name] for point in series.points))})
        for series in chart.series
    }
    for series in chart.series:
        for point in series.points:
            decided = point.values["pass"] + point.values["fail"]
            assert point.values["rate"] == (round(point.values["pass"] / decided, 4) if decided else None)


def test_tasks_are_no_results(database: Database) -> None:
    """What programs pass to each other did not pass."""
    now = NOW - datetime.timedelta(hours=1)
    transact(database, lambda session: tasks.add(session, "service/queue", {"lab": "a"}, now, SCHEME))

    assert {"": {}} == told(drawn(database, trends.passes), "open") == told(drawn(database, trends.throughput), "pass")


def ranked(database: Database, order: str, which: Which = ALL, limit: int = 20) -> list[dict[str, Any]]:
    """Return a ranking of the descriptions of the week."""
    return read(
        database,
        lambda session: [dict(row._mapping) for row in rankings.descriptions(session, WEEK, order, which, limit)],
    )


def test_descriptions_are_ranked(database: Database, ended: list[Ended]) -> None:
    """Those that failed most come first, and what did not fail is not there; or those that took longest."""
    jobs = [job for job in ended if within(job)]
    failed = Counter(job.description for job in jobs if job.status == "fail")
    took: dict[str, list[int]] = defaultdict(list)
    for job in jobs:
        took[job.description] += [job.seconds] if job.status != "dead" else []

    found = ranked(database, "failing")

    assert sorted(failed.items(), key=lambda each: (-each[1], each[0])) == [(row["name"], row["fail"]) for row in found]
    for row in found:
        mine = Counter(job.status for job in jobs if job.description == row["name"])
        assert (row["n"], *(row[name] for name in RESULTS)) == (mine.total(), *(mine[name] for name in RESULTS))
        assert row["rate"] == round(mine["pass"] / (mine["pass"] + mine["fail"]), 4)
    assert sorted(took, key=lambda name: -share(took[name], 0.95)) == [
        row["name"] for row in ranked(database, "slowest")
    ]
    assert found[:2] == ranked(database, "failing", limit=2)
    assert [] == ranked(database, "failing", Which(suites=["none"]))
    with pytest.raises(Invalid, match="order must be one of"):
        ranked(database, "name")


def test_tests_are_ranked(database: Database) -> None:
    """By how often they failed, or could not be executed, and by how long they took."""
    said = {"context": "", "faults": [], "cases": []}
    times = {"a": ("pass", 9.0), "b": ("fail", 2.0), "c": ("error", None)}
    suites = [{**said, "name": name, "status": status, "duration_s": took} for name, (status, took) in times.items()]
    for key in ("1", "2"):
        submit(database, "r", key, status="pass")
        job_id, some = job_of(database, "r", key).id, suites if key == "1" else suites[:2]
        transact(database, lambda s, job_id=job_id, some=some: tests.store(s, job_id, some, NOW - stretches.BY_HOUR))

    def names(order: str) -> list[tuple[Any, ...]]:
        found = read(database, lambda session: rankings.suites(session, WEEK, order))
        return [(row.name, row.n, row.fail, row.rate, row.mean, row.longest) for row in found]

    assert [("b", 2, 2, 0, 2, 2), ("c", 1, 1, 0, None, None)] == names("failing")
    assert [("a", 2, 0, 1, 9, 9), ("b", 2, 2, 0, 2, 2)] == names("slowest")


def test_regressions_are_counted_by_when_they_came_and_went(database: Database) -> None:
    """In weeks: one came in the first, and another in the second, in which the first was fixed."""
    week = 7 * 24 * 3600
    outcomes = ({"a": "pass", "b": "pass"}, {"a": "fail", "b": "pass"}, {"a": "pass", "b": "fail"})
    for number, results in enumerate(outcomes):
        said = {f"s/{name}": status for name, status in results.items()}
        tell(database, Boot(str(number), (number - 2) * week, said))
    stretch = stretches.stretch(NOW - 2 * stretches.STEPS["week"], NOW + stretches.STEPS["hour"], "week")

    chart = read(database, lambda session: trends.regressions(session, stretch))

    (series,) = chart.series
    moved = [(point.values["new"], point.values["fixed"]) for point in series.points]
    assert [(0, 0), (1, 0), (1, 1)] == moved
