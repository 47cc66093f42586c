"""What has to be so of a job: parsed, and held against what the job has come to."""

from typing import Any

import pytest

from paddles.boot import conditions
from paddles.boot.conditions import State
from paddles.errors import Invalid

QUEUED = State("queued", None, {})
RUNNING = State("running", None, {"job_stage": "running", "milestones": ["a", "b"], "n": 5})
PASSED = State("pass", None, {"job_stage": "finish", "job_health": "success"})
FAILED = State("fail", None, {"job_health": "fail", "milestones": "a b"})
LOST = State("dead", "lost", {"job_stage": "boot"})
CANCELLED = State("dead", "cancel", {})
UPLOADED = State("running", None, {"job_stage": "post_run", "job_data_readiness": "uploaded"})


@pytest.mark.parametrize(("condition", "so", "not_so"), [
    (None, [PASSED, FAILED, LOST, CANCELLED, State("running", None, {"job_data_readiness": "incomplete"})],
     [QUEUED, RUNNING, UPLOADED]),
    ({"job_stage": "submit"}, [QUEUED, RUNNING, PASSED, CANCELLED], []),
    ({"job_stage": "boot"}, [State("running", None, {}), RUNNING, LOST], [QUEUED]),
    ({"job_stage": "running"}, [RUNNING, UPLOADED, PASSED, LOST], [QUEUED, State("running", None, {})]),
    ({"job_stage": "finish"}, [PASSED, FAILED, LOST, CANCELLED], [QUEUED, UPLOADED]),
    ({"job_stage": "cancel"}, [CANCELLED], [PASSED, LOST]),
    ({"job_data_readiness": "uploading"}, [UPLOADED, PASSED], [RUNNING]),
    ({"job_health": "success"}, [PASSED], [FAILED, LOST, RUNNING]),
    ({"job_health": "lost"}, [LOST], [CANCELLED]),
    ({"milestones": "b"}, [RUNNING, FAILED], [QUEUED, PASSED]),
    ({"milestones": ["a", "b"]}, [RUNNING, FAILED], [QUEUED, State("running", None, {"milestones": ["a"]})]),
    ({"milestones": "a,b"}, [RUNNING, FAILED], [PASSED]),
    ({"n": "5"}, [RUNNING], [QUEUED]),
    ({"n": 5, "job_stage": "finish"}, [], [RUNNING, PASSED]),
    ({"my_token": "t"}, [], [State("running", None, {"my_token": "t"})]),
    ({}, [QUEUED, PASSED], []),
])  # fmt: skip
def test_a_condition_is_met_or_not(condition: Any, so: list[State], not_so: list[State]) -> None:
    """Stages and readiness there or beyond, milestones among its own, others equal; null: nothing more is to come."""
    assert so == [state for state in so if conditions.met(condition, state)]
    assert [] == [state for state in not_so if conditions.met(condition, state)]


def test_who_has_ended_and_not_well_has_failed() -> None:
    """Whatever the reason."""
    states = [QUEUED, RUNNING, PASSED, FAILED, LOST, CANCELLED]
    assert [FAILED, LOST, CANCELLED] == [state for state in states if state.failed]


@pytest.mark.parametrize("said", [
    None, [], "x", 5, {"x": None}, {"-1": None}, {"1.5": None}, {"": None}, {"9" * 30: None}, {"1": 5}, {"1": []},
    {"1": {"job_stage": "nope"}}, {"1": {"job_stage": None}}, {"1": {"job_stage": []}}, {"1": {"a": {}}},
    {"1": {"job_data_readiness": 7}}, {"1": {"x" * 65: 1}}, {str(n): None for n in range(101)}, {"²": None},
    {"1": {f"f{n}": 1 for n in range(101)}}])  # fmt: skip
def test_what_is_no_condition_is_refused(said: Any) -> None:
    """With a word on what it has to be."""
    with pytest.raises(Invalid, match=r"wait_on|one of|one value"):
        conditions.parsed(said)


@pytest.mark.parametrize(("options", "fast"), [
    (None, False), ({}, False), ({"fail_fast": None}, True), ({"fail_fast": True}, True),
    ({"fail_fast": False}, False)])  # fmt: skip
def test_to_fail_fast_is_an_option(options: Any, fast: bool) -> None:
    """Its being there is enough."""
    assert fast == conditions.fails_fast(options)


def test_fields_are_named_by_an_object_or_a_list() -> None:
    """In their order; anything else is refused."""
    assert ["b", "a"] == conditions.fields({"get_fields": {"b": None, "a": None}})
    assert ["b"] == conditions.fields({"get_fields": ["b"]})
    assert [] == conditions.fields(None)
    for wrong in ("x", [1], {"get_fields": "x"}, {"get_fields": [5]}, {"get_fields": ["x"] * 101}):
        with pytest.raises(Invalid):
            conditions.fields(wrong)
