"""What the parts of a definition call each other, and how much may come of it."""

import time
from typing import Any

import pytest

from paddles.projects.definition import checked
from tests.projects.definitions import definition, loop, refusal, run
from tests.projects.definitions import trigger as fires


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (
            definition(fires("a"), fires("b"), fires("a")),
            ["triggers[2].name: there is another trigger a"],
        ),
        (definition(fires(type="schedule")), ["triggers[0].cron: is required for the type schedule"]),
        (definition(fires(cron="1 2 3 4 5")), ["triggers[0].cron: is for the type schedule alone"]),
        (definition(fires("a", run(script="x"))), ["triggers[0].runs[0].script: there is no script x"]),
        (
            definition(fires("a", run(script=None, script_repo={"name": "x", "path": "y"}))),
            ["triggers[0].runs[0].script-repo.name: there is no script-repo x"],
        ),
        (
            definition(fires("a", run(script=None))),
            ["triggers[0].runs[0]: needs a script or a script-repo, and not both"],
        ),
        (
            definition(
                fires("a", run(script_repo={"name": "x", "path": "y"})), script_repos={"x": {"clone-url": "https://x"}}
            ),
            ["triggers[0].runs[0]: needs a script or a script-repo, and not both"],
        ),
        (definition(fires("a", run(host_tag=None))), ["triggers[0].runs[0].host-tag: is required, or a loop over it"]),
        (
            definition(fires("a", run(host_tag=" "))),
            ["triggers[0].runs[0].host-tag: a host tag has 1 to 128 characters"],
        ),
        (definition(fires("a", run("x"), run("y"), run("x"))), ["triggers[0].runs: 2 runs are called x"]),
        (
            definition(fires("a", run("x-{loop}", loop_on=[loop("A", "1", "2")]), run("x-2"))),
            ["triggers[0].runs: 2 runs are called x-2"],
        ),
        (definition(fires("a", run(loop_on=[loop("A", "1", "2")]))), ["triggers[0].runs: 2 runs are called unit"]),
        (
            definition(fires("a", run("{loop}", loop_on=[loop("A", "1"), loop("A", "2")]))),
            ["triggers[0].runs[0].loop-on: has two loops over one parameter"],
        ),
        (
            definition(fires("a", run("x" * 80))),
            [f"triggers[0].runs[0].name: the name {'x' * 79}... has more than 79 characters"],
        ),
        (
            definition(fires("a", run("x/y"))),
            ['triggers[0].runs[0].name: the name "x/y" would not be one part of an address'],
        ),
        (
            definition(fires("a", run(".."))),
            ['triggers[0].runs[0].name: the name ".." would not be one part of an address'],
        ),
        (
            definition(fires("a", run("{loop}", loop_on=[loop("A", "x", "y/z")]))),
            ['triggers[0].runs[0].name: the name "y/z" would not be one part of an address'],
        ),
        (
            definition(fires("a", run("{loop}", loop_on=[loop("A", "", "y\nz")]))),
            [
                'triggers[0].runs[0].name: the name "" would not be one part of an address',
                'triggers[0].runs[0].name: the name "y\\nz" would not be one part of an address',
            ],
        ),
        (
            definition(fires("a", run("r-{loop}", loop_on=[loop("host-tag", "x", " ")]))),
            ["triggers[0].runs[0].host-tag: a host tag has 1 to 128 characters"],
        ),
        (
            definition(fires("a", run(triggers=[{"name": "x"}]), triggers=[{"name": "y"}])),
            [
                "triggers[0].triggers[0].name: there is no trigger y",
                "triggers[0].runs[0].triggers[0].name: there is no trigger x",
            ],
        ),
        (
            definition(
                fires("a", run("{loop}", loop_on=[loop("A", "b", "c")], triggers=[{"name": "{loop}"}])), fires("b")
            ),
            ["triggers[0].runs[0].triggers[0].name: there is no trigger c"],
        ),
        (
            definition(fires("a", triggers=[{"name": "b", "run-names": "x"}]), fires("b", run("1"), run("2"))),
            ["triggers[0].triggers[0].run-names: 2 runs are called x"],
        ),
        (
            definition(fires("a", triggers=[{"name": "b", "run-names": "{name}/x"}]), fires("b")),
            ['triggers[0].triggers[0].run-names: the name "unit/x" would not be one part of an address'],
        ),
        (
            definition(fires("a", triggers=[{"name": "b", "run-names": "{name}" * 20}]), fires("b")),
            [f"triggers[0].triggers[0].run-names: the name {('unit' * 20)[:79]}... has more than 79 characters"],
        ),
    ],
)
def test_parts_that_do_not_fit_are_named_by_their_place(data: Any, lines: list[str]) -> None:
    """What is called and is not there, what is called alike, and what is there twice or not at all."""
    assert lines == refusal(data)


@pytest.mark.parametrize(
    ("edges", "deep"),
    [
        ("", ""),
        ("ab", ""),
        ("ab bc", ""),
        ("ab bc cd", "a"),
        ("ab bc cd de", "ab"),
        ("ab ac ad bc", ""),
        ("aa", "a"),
        ("ab ba", "ab"),
        ("ab bc cb", "abc"),
    ],
)
@pytest.mark.parametrize("of_runs", [True, False])
def test_triggers_fire_each_other_twice_at_most(edges: str, deep: str, of_runs: bool) -> None:
    """A trigger may fire one that fires another, which fires none; whoever begins a longer chain is named."""
    fired = {name: [{"name": edge[1]} for edge in edges.split() if edge[0] == name] for name in "abcde"}
    triggers = [
        fires(name, run(triggers=after)) if of_runs else fires(name, triggers=after) for name, after in fired.items()
    ]
    lines = [
        f"triggers[{'abcde'.index(name)}]: fires triggers that fire others, and so on, more than 2 in a row"
        for name in deep
    ]

    if lines:
        assert lines == refusal(definition(*triggers))
    else:
        assert definition(*triggers) == checked(definition(*triggers))


@pytest.mark.parametrize(
    ("runs", "fault"),
    [
        ([run("{loop}", loop_on=[loop("A", *map(str, range(32))), loop("B", *map(str, range(32)))])], "than 1000 runs"),
        ([run("{loop}", loop_on=[loop(f"P{n}", *map(str, range(1000))) for n in range(20)])], "than 1000 runs"),
        (
            [run("{loop}", params={"A": "x" * 65536}, loop_on=[loop("B", *map(str, range(100)))])],
            "than 4194304 characters",
        ),
        ([run("{loop}" * 170, loop_on=[loop(f"P{n}", "x" * 60_000) for n in range(20)])], "than 79 characters"),
        ([run(triggers=[{"name": f"{'{loop}' * 13}"}], loop_on=[loop("A", "x" * 80)])], "than 79 characters"),
        ([run(str(n), triggers=[{"name": "a"}] * 10) for n in range(40)], "than 10000 runs"),
        ([run() for _ in range(1001)], "at most 1000 items"),
    ],
)
def test_what_grows_beyond_measure_is_refused_before_it_does(runs: list[Any], fault: str) -> None:
    """Loops are counted before they are expanded, and what triggers fire before it is named."""
    before = time.process_time()

    [line] = refusal(definition(fires("a", *runs)))

    assert fault in line
    assert 2 > time.process_time() - before


def test_as_many_runs_as_may_be() -> None:
    """A thousand of a loop are fine, and quick."""
    data = definition(fires("a", run("{loop}", loop_on=[loop("A", *map(str, range(1000)))])))
    before = time.process_time()

    assert [str(n) for n in range(1000)] == [one["name"] for one in checked(data)["triggers"][0]["runs"]]
    assert 2 > time.process_time() - before
