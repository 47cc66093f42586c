"""What becomes of a node by what became of its job."""

import pytest

from paddles.boot.stages import HEALTHS, outcome
from paddles.nodes.kinds import check
from paddles.nodes.verdicts import Job, Known, of_job, of_nothing


def node(state: str = "running", result: str | None = None, seen: str | None = "queued") -> Known:
    """A node that has a job behind it."""
    return Known("n", state, result, seen)


@pytest.mark.parametrize(
    ("before", "job", "after", "told"),
    [
        (node(), Job("running"), ("running", None), False),
        (node(), Job("waiting"), ("running", None), False),
        (node("available"), Job("pass"), ("done", "pass"), True),
        (node(), Job("fail"), ("done", "fail"), True),
        (node(), Job("dead"), ("done", "incomplete"), True),
        (node(result="fail"), Job("pass"), ("done", "pass"), True),
        (node(result="pass"), Job("dead"), ("done", "pass"), True),
        (node("done", "pass"), Job("dead"), ("done", "pass"), False),
        (node("done", "incomplete"), Job("fail"), ("done", "fail"), True),
        (node("done", None), Job("dead"), ("done", "incomplete"), True),
        (node("done", "pass", "pass"), Job("fail"), ("done", "fail"), True),
        (node("done", "incomplete", "dead"), Job("running"), ("done", "incomplete"), False),
    ],
)
def test_what_becomes_of_a_node(before: Known, job: Job, after: tuple[str, str | None], told: bool) -> None:
    """A verdict is believed whatever was there; a death leaves a result as it is; done stays done."""
    move = of_job(before, job)

    assert move is not None
    assert (*after, told, job.status) == (move.state, move.result, move.told, move.job_status)


def test_what_a_node_has_seen_is_nothing_new() -> None:
    """Whatever became of the node since."""
    assert of_job(node("done", "fail", "pass"), Job("pass")) is None


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (None, "Infrastructure"),
        ("expired", "Infrastructure"),
        ("lost", "Infrastructure"),
        ("timeout", "Job"),
        ("oom", "Job"),
        ("kernel_panic", "Job"),
        ("a word of some machine", "Job"),
        ("cancel", "Canceled"),
        ("terminate", "Canceled"),
        ("abort_wait", "Canceled"),
        ("abort_invalid", "invalid_job_params"),
        ("node_timeout", "node_timeout"),
    ],
)
def test_whose_fault_a_dead_job_is(reason: str | None, code: str) -> None:
    """In the words of KernelCI's error codes, with the reason beside it."""
    move = of_job(node(), Job("dead", reason, "said"))

    assert move is not None
    assert {"error_code": code, "error_msg": f"{reason}: said" if reason else "said"} == move.said


@pytest.mark.parametrize("health", HEALTHS)
def test_every_health_of_a_machine_has_a_code_that_nodes_may_carry(health: str) -> None:
    """However a job ends on its machine."""
    status, reason = outcome(health)
    move = of_job(node(), Job(status, reason))

    assert move is not None
    assert check("job", dict(move.said)) == move.said


def test_a_verdict_takes_back_what_was_said_instead() -> None:
    """But not what goes with a result that somebody gave."""
    late, known = of_job(node("done", "incomplete"), Job("pass")), of_job(node("done", "skip"), Job("pass"))

    assert late is not None
    assert known is not None
    assert (["error_code", "error_msg"], []) == (list(late.gone), list(known.gone))


def test_a_node_without_its_job() -> None:
    """Is over; a result that it has stays."""
    assert ("done", "incomplete") == of_nothing("n", None)[1:3]
    assert ("done", "pass", {}) == of_nothing("n", "pass")[1:4]
