"""Moves of states, and what the clock makes of a node."""

import itertools

import pytest

from paddles.errors import Invalid
from paddles.nodes import states
from paddles.nodes.states import STATES, Standing
from tests.conftest import NOW
from tests.units import at

ALLOWED = {
    ("running", "available"),
    ("running", "closing"),
    ("running", "done"),
    ("available", "closing"),
    ("available", "done"),
    ("closing", "done"),
    *((state, state) for state in STATES),
}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(STATES, STATES)))
def test_a_node_moves_forward_or_stays(before: str, after: str) -> None:
    """Whatever is not allowed is refused by the name of the state that was asked for."""
    if (before, after) in ALLOWED:
        states.check(before, after)
        return
    with pytest.raises(Invalid, match=f"Transition not allowed with state: {after}"):
        states.check(before, after)


@pytest.mark.parametrize(
    ("state", "timeout", "holdoff", "children", "after"),
    [
        ("running", 10, None, 0, "running"),
        ("running", -1, None, 0, "done"),
        ("running", -1, None, 3, "done"),
        ("running", 10, -1, 0, "running"),
        ("running", 0, None, 0, "running"),
        ("available", 10, None, 0, "available"),
        ("available", 10, 5, 0, "available"),
        ("available", 10, 0, 0, "available"),
        ("available", 10, -1, 0, "done"),
        ("available", 10, -1, 1, "closing"),
        ("available", -1, 5, 1, "done"),
        ("closing", 10, None, 1, "closing"),
        ("closing", 10, 5, 0, "done"),
        ("closing", -1, None, 1, "done"),
        ("done", -1, -1, 0, "done"),
        ("done", -1, -1, 2, "done"),
    ],
)
def test_time_moves_a_node(state: str, timeout: float, holdoff: float | None, children: int, after: str) -> None:
    """A timeout ends it whatever is below; a holdoff closes it, or ends it where nothing below is open."""
    node = Standing(state, at(timeout), None if holdoff is None else at(holdoff), children)

    assert after == states.due(node, NOW)


@pytest.mark.parametrize(
    ("state", "children", "expected"), [("done", 0, False), ("done", 1, True), ("closing", 0, True)]
)
def test_a_node_is_open_until_all_below_it_is_done(state: str, children: int, expected: bool) -> None:
    """A done node with an open child is open to its own parent."""
    assert expected is states.is_open(state, children)
