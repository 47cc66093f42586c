"""Loops of runs: which runs they become, and what these are called."""

from typing import Any

import pytest

from paddles.projects import loops
from tests.projects.definitions import loop, run


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (run("a"), ["a"]),
        (run("a-{loop}"), ["a-{loop}"]),
        (run("a-{loop}", loop_on=[loop("A", "1", "2")]), ["a-1", "a-2"]),
        (run("{loop}!{loop}", loop_on=[loop("A", "1")]), ["1!1"]),
        (
            run("{loop}", loop_on=[loop("A", "1", "2"), loop("B", "x", "y", "z")]),
            ["1-x", "1-y", "1-z", "2-x", "2-y", "2-z"],
        ),
        (run("{loop}", loop_on=[loop("host-tag", "ARM", "x86")]), ["ARM", "x86"]),
        (run("{name}", loop_on=[loop("A", "1")]), ["{name}"]),
        (run("{loop}", loop_on=[loop("A", "{loop}")]), ["{loop}"]),
        (run("a", loop_on=[]), ["a"]),
    ],
)
def test_names_are_made_of_the_values(given: dict[str, Any], names: list[str]) -> None:
    """The last loop is the fastest; there are as many runs as were counted."""
    assert names == [one["name"] for one in loops.runs(given)]
    assert len(names) == loops.count(given)


def test_values_are_parameters_and_beat_those_of_the_run() -> None:
    """But for the host tag, which is none; the run that was given stays as it is."""
    given = run("{loop}", params={"A": "old", "Z": "z"}, loop_on=[loop("A", "1"), loop("host-tag", "arm", "x86")])
    before = repr(given)

    first, second = loops.runs(given)

    assert {"A": "1", "Z": "z"} == first["params"] == second["params"]
    assert ["arm", "x86"] == [first["host-tag"], second["host-tag"]]
    assert "loop-on" not in first
    assert before == repr(given)


def test_a_run_without_parameters_gets_none_of_a_host_tag() -> None:
    """A loop over host tags alone adds no parameters."""
    assert "params" not in loops.runs(run(loop_on=[loop("host-tag", "arm")]))[0]


def test_what_is_fired_gets_the_values_too() -> None:
    """In the trigger's name and in those of its runs, where ``{name}`` waits for the run's own name."""
    given = run(loop_on=[loop("A", "1"), loop("B", "2")], triggers=[{"name": "t{loop}", "run-names": "{name}-{loop}"}])

    assert [{"name": "t1-2", "run-names": "{name}-1-2"}] == loops.runs(given)[0]["triggers"]


def test_runs_stand_where_their_loop_stood() -> None:
    """Between those before and behind; expanding once more changes nothing."""
    given = {
        "timeout": 1,
        "triggers": [{"name": "t", "runs": [run("a"), run("{loop}", loop_on=[loop("A", "1", "2")]), run("z")]}],
    }

    once = loops.expanded(given)

    assert ["a", "1", "2", "z"] == [one["name"] for one in once["triggers"][0]["runs"]]
    assert once == loops.expanded(once)
