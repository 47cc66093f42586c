"""Stages, health and what becomes of a job."""

import pytest

from paddles.boot import stages
from paddles.errors import Invalid


def test_stages_are_ordered() -> None:
    """Who waits for a stage is content with a later one."""
    assert list(range(14)) == list(stages.STAGES.values())
    assert stages.STAGES["boot"] < stages.STAGES["running"] < stages.STAGES["post_run"] < stages.STAGES["finish"]
    assert set(stages.ENDS) == {stage for stage, number in stages.STAGES.items() if number >= stages.STAGES["finish"]}


@pytest.mark.parametrize("word", ["running", "post_run", "manual_check", "renew", "boot", "setup", "submit", "finish"])
def test_states_that_are_stages(word: str) -> None:
    """They say how far a job is."""
    assert stages.State(word, None) == stages.read(word)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("finished", "success"),
        ("success", "success"),
        ("failed", "fail"),
        ("fail", "fail"),
        ("incomplete", "incomplete"),
        ("OOM", "oom"),
        ("soft_timeout", "soft_timeout"),
        ("disturbed", "disturbed"),
        ("microcode_is_not_matched", "microcode_mismatch"),
        ("error_mount", "error_mount"),
        ("load_disk_fail", "load_disk_fail"),
        ("cancel", "cancel"),
        ("abort_wait", "abort_wait"),
        ("something_new", "something_new"),
        ("RUNNING", "running"),
    ],
)
def test_states_that_are_results(word: str, expected: str) -> None:
    """Everything else says how a job ended, under one spelling, known to us or not."""
    assert stages.State(None, expected) == stages.read(word)


@pytest.mark.parametrize("word", ["", " ", "a b", "a\n", "a/b", "<b>", "'", "ä", "a" * 65, "-a", "a\x00"])
def test_a_state_is_a_word(word: str) -> None:
    """Anything else is refused."""
    for function in (stages.read, stages.health, stages.outcome):
        with pytest.raises(Invalid, match="job_state"):
            function(word)


@pytest.mark.parametrize("word", ["success", "finished", "return"])
def test_what_passes(word: str) -> None:
    """Success, and a borrowed machine given back."""
    assert ("pass", None) == stages.outcome(word)


@pytest.mark.parametrize("word", ["fail", "failed"])
def test_what_fails(word: str) -> None:
    """The job's own programs said so."""
    assert ("fail", None) == stages.outcome(word)


@pytest.mark.parametrize(
    "word", [each for each in stages.HEALTHS if each not in ("success", "fail", "return")] + ["new"]
)
def test_what_is_dead(word: str) -> None:
    """Whatever came in between is the reason."""
    assert ("dead", word) == stages.outcome(word)


def test_every_stage_can_be_timed_out_in() -> None:
    """A time-out says where."""
    assert {"timeout", "timeout_boot", "timeout_running", "timeout_manual_check"} <= set(stages.HEALTHS)
    assert len(set(stages.HEALTHS)) == len(stages.HEALTHS)
