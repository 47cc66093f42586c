"""What is told of a job's like elsewhere, of rows as the archive has them."""

import datetime
from dataclasses import dataclass

import pytest

from paddles.archive import elsewhere
from tests.conftest import NOW


@dataclass
class Ran:
    """A job that began so many minutes after the one at hand, and took so many; None: it goes on."""

    id: int
    begun: int | None = 0
    took: int | None = 10
    status: str = "pass"
    branch: str | None = "main"
    machine_type: str | None = "smithi"
    machines: tuple[str, ...] | None = ("a",)

    @property
    def started(self) -> datetime.datetime | None:
        """Return when it began."""
        return None if self.begun is None else NOW + datetime.timedelta(minutes=self.begun)

    @property
    def finished(self) -> datetime.datetime | None:
        """Return when it ended."""
        begun = self.started
        return None if begun is None or self.took is None else begun + datetime.timedelta(minutes=self.took)


@pytest.mark.parametrize(
    ("begun", "took", "when"),
    [
        (-20, 10, "before"),
        (-10, 10, "before"),
        (-10, 11, "meanwhile"),
        (-10, None, "meanwhile"),
        (9, 1, "meanwhile"),
        (10, 1, "after"),
        (10, None, "after"),
    ],
)
def test_when_a_neighbour_ran(begun: int, took: int | None, when: str) -> None:
    """Before the other began, after it had ended, else meanwhile."""
    later = NOW + datetime.timedelta(hours=1)

    assert [when] == [each.when for each in elsewhere.neighbours([Ran(2, begun, took)], Ran(1), later)]


def test_the_nearest_neighbours_are_told_of() -> None:
    """In the order in which they began; of none that never began, and of a job that never began there are none."""
    jobs = [Ran(number, begun=number) for number in range(1, 40)] + [Ran(99, begun=None)]

    found = elsewhere.neighbours(jobs, Ran(0), NOW)

    assert [*range(1, elsewhere.NEIGHBOURS + 1)] == [each.job.id for each in found]
    assert [] == elsewhere.neighbours(jobs, Ran(0, begun=None), NOW)


def test_jobs_of_a_description_by_place() -> None:
    """Those of the newest come first; a job on two machines counts for both, and one that says nothing for nowhere."""
    job = Ran(4, machines=("b",))
    jobs = [job, Ran(3, status="fail", machines=("a", "b")), Ran(2, branch=None, machine_type=None, machines=None)]

    places = elsewhere.environments(jobs, job)
    machines = elsewhere.machines(jobs, job)

    assert [(("main", "smithi"), {"pass": 1, "fail": 1}, 4, True), (("", ""), {"pass": 1}, 2, False)] == [
        (each.names, each.counts, each.last.id, each.here) for each in places
    ]
    assert [(("b",), {"pass": 1, "fail": 1}, True), (("a",), {"fail": 1}, False)] == [
        (each.names, each.counts, each.here) for each in machines
    ]
