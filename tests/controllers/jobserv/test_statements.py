"""How many statements the requests of the face take: numbers that do not grow with what they are about."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.controllers.jobserv.wire import Api
from tests.controllers.test_statements import counted
from tests.projects.definitions import definition, run, trigger


def taken(api: Api, work: Callable[[], Any]) -> int:
    """Return how many statements something takes."""
    with counted() as statements:
        work()
    return len(statements)


def of_many(runs: int) -> Any:
    """Return a definition of so many runs on machines of their own."""
    return definition(trigger("main", *(run(f"r{number}", host_tag=f"t{number}") for number in range(runs))))


@pytest.mark.parametrize(("said", "number"), [({}, 10), ({"secrets": {"a": "b"}}, 11)])
def test_a_build_takes_as_many_for_many_runs_as_for_one(api: Api, said: Any, number: int) -> None:
    """All of its jobs, what they are besides, and their past, by one statement each."""
    api.project("p")
    api.build(of=of_many(16), **said)

    assert [number, number] == [taken(api, lambda n=n: api.build(of=of_many(n), **said)) for n in (1, 16)]


@pytest.mark.parametrize(("path", "number"), [
    ("/projects/p/builds/", 3), ("/projects/p/builds/1/", 3), ("/projects/p/builds/latest/?all=1", 3),
    ("/projects/p/builds/1/runs/", 3), ("/projects/p/builds/1/runs/r0/", 3), ("/projects/p/history/r0/", 2),
    ("/projects/p/promoted-builds/", 6), ("/projects/p/builds/1/project.yml", 1), ("/projects/", 1),
    ("/projects/p/", 1),
])  # fmt: skip
def test_a_list_of_many_takes_as_few_as_a_list_of_one(api: Api, path: str, number: int) -> None:
    """However many builds, runs and changes there are."""
    api.project("p")
    few = of_many(1)
    promoted(api, few)
    before = taken(api, lambda: api.client.get(path))

    for _ in range(4):
        promoted(api, of_many(6))

    assert (number, number) == (before, taken(api, lambda: api.client.get(path)))


def promoted(api: Api, of: Any) -> None:
    """Make a build that has failed and was promoted."""
    build = api.build(of=of)
    api.send("POST", f"{build}cancel", status=202)
    api.send("POST", f"{build}promote", {"name": build.replace("/", "-")}, status=201)


def test_the_end_of_a_run_takes_as_many_in_a_large_build(api: Api) -> None:
    """And a cancel, and a promotion of what waited: whatever there is of it."""
    api.project("s", **{"synchronous-builds": True})
    figures = []
    for runs in (2, 12):
        build = api.build("s", of=of_many(runs))
        api.build("s", of=of_many(runs))
        api.begin(build, "r0")
        ends = taken(api, lambda build=build: api.end(build, "r0"))
        cancels = taken(api, lambda build=build: api.send("POST", f"{build}cancel", status=202))
        api.send("POST", f"{build[:-2]}{int(build[-2]) + 1}/cancel", status=202)
        figures.append((ends, cancels))

    assert figures[0] == figures[1]
    assert (12, 10) >= figures[0]
