"""What becomes of runs and builds: every pair of status and event, every set of statuses."""

from itertools import chain, combinations

import pytest

from paddles.errors import Conflict
from paddles.projects import verdicts


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ("", "pass"),
        ("pass", "pass"),
        ("skip", "pass"),
        ("pass skip", "pass"),
        ("fail", "fail"),
        ("pass fail skip", "fail"),
        ("queued", "queued"),
        ("queued skip", "queued"),
        ("running", "running"),
        ("uploading", "running"),
        ("cancelling", "failing"),
        ("queued running", "running"),
        ("queued pass", "running"),
        ("queued fail", "failing"),
        ("pass fail queued", "failing"),
        ("running pass", "running"),
        ("running fail", "failing"),
        ("uploading fail", "failing"),
        ("running cancelling", "failing"),
        ("queued cancelling", "failing"),
        ("running skip", "running"),
    ],
)
def test_many_make_one(statuses: str, status: str) -> None:
    """A failure is never lost, and nothing has ended before all has."""
    assert status == verdicts.joined(statuses.split())
    assert status == verdicts.joined(statuses.split() * 2)


def test_every_set_makes_a_word_of_builds() -> None:
    """Which has ended exactly when all have, and says fail or failing exactly when something fails or is to end."""
    words = (*verdicts.RUN, "skip")
    for there in chain.from_iterable(combinations(words, size) for size in range(len(words) + 1)):
        one = verdicts.joined(there)

        assert one in verdicts.BUILD
        assert all(map(verdicts.finished, there)) is verdicts.finished(one)
        assert bool({"fail", "cancelling"} & set(there)) is (one in ("fail", "failing"))


RUN_MOVES = """
              hand-out  lose     give-up  cancel      rerun   running     uploading   pass  fail
queued        running   -        fail     fail        -       -           -           -     -
running       -         queued   fail     cancelling  -       running     uploading   pass  fail
uploading     -         queued   fail     cancelling  -       running     uploading   pass  fail
cancelling    -         fail     fail     cancelling  -       cancelling  cancelling  pass  fail
pass          -         -        -        pass        queued  -           -           -     -
fail          -         -        -        fail        queued  -           -           -     -
"""
EVENTS, *ROWS = [line.split() for line in RUN_MOVES.strip().splitlines()]


@pytest.mark.parametrize(
    ("status", "event", "after"),
    [(row[0], event.replace("-", " "), to) for row in ROWS for event, to in zip(EVENTS, row[1:], strict=True)],
)
def test_runs_move(status: str, event: str, after: str) -> None:
    """As the table says; where there is no move, that is a conflict which says why."""
    if after != "-":
        assert after == verdicts.moved(status, event)
        return
    with pytest.raises(Conflict, match=f"^it is {status}, and cannot {event}$"):
        verdicts.moved(status, event)


def test_the_table_has_every_run_and_every_event() -> None:
    """So that none is forgotten here; what a machine may say is an event."""
    assert list(verdicts.RUN) == [row[0] for row in ROWS]
    assert list(verdicts.MOVES) == [event.replace("-", " ") for event in EVENTS]
    assert set(verdicts.REPORTED) <= set(verdicts.MOVES)


@pytest.mark.parametrize("status", verdicts.BUILD)
def test_builds_are_promoted_when_they_have_ended(status: str) -> None:
    """Once, and for good: their runs are not repeated."""
    ended = status in ("pass", "fail")

    if ended:
        assert "promoted" == verdicts.moved(status, "promote", verdicts.BUILD_MOVES)
    else:
        with pytest.raises(Conflict):
            verdicts.moved(status, "promote", verdicts.BUILD_MOVES)
    if status == "promoted":
        with pytest.raises(Conflict):
            verdicts.moved(status, "rerun", verdicts.BUILD_MOVES)


@pytest.mark.parametrize(
    ("status", "results", "ended"),
    [
        ("pass", "", True),
        ("pass", "pass fail skip", True),
        ("pass", "pass running", False),
        ("skip", "queued", False),
        ("running", "pass", False),
        ("promoted", "", True),
        ("failing", "", False),
    ],
)
def test_a_test_has_ended_when_its_results_have(status: str, results: str, ended: bool) -> None:
    """Its own word is not enough."""
    assert ended is verdicts.finished(status, results.split())


@pytest.mark.parametrize(
    ("status", "reported", "open_tests", "found", "after"),
    [
        ("running", "pass", 0, "", "pass"),
        ("uploading", "fail", 0, "", "fail"),
        ("running", "pass", 0, "pass skip", "pass"),
        ("running", "pass", 0, "pass fail", "fail"),
        ("running", "fail", 0, "pass", "fail"),
        ("running", "pass", 1, "", "running"),
        ("uploading", "fail", 2, "fail", "running"),
        ("cancelling", "fail", 0, "", "fail"),
        ("cancelling", "pass", 0, "", "pass"),
        ("cancelling", "fail", 3, "", "fail"),
    ],
)
def test_the_last_word_of_a_machine(status: str, reported: str, open_tests: int, found: str, after: str) -> None:
    """Open tests are waited for, unless the run is to end; a failure that the log tells of counts."""
    assert after == verdicts.verdict(status, reported, open_tests, found.split())


@pytest.mark.parametrize("status", ["queued", "pass", "fail"])
def test_there_is_one_last_word(status: str) -> None:
    """Not before a run is handed out, and no second one."""
    with pytest.raises(Conflict):
        verdicts.verdict(status, "pass", 0)
