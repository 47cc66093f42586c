"""What becomes of runs, of their tests and of builds: the words, the moves, and how many make one. Pure.

The words are finer than those of a job's row: ``uploading`` is a stage of a job that runs, ``cancelling`` one that runs
and is to end, ``failing`` a run of jobs that goes on although some have failed.

Source: JobServ's status machine, which loses a failure when a third run is still queued, lets a cancellation undo what
has passed, and repeats runs that are executed. Here it does not.
"""

from collections.abc import Collection, Iterable, Mapping

from paddles.errors import Conflict

RUN = ("queued", "running", "uploading", "cancelling", "pass", "fail")
BUILD = ("queued", "running", "failing", "pass", "fail", "promoted")
# Of a test, and of a result in it.
TEST = ("queued", "running", "pass", "fail", "skip")
FINISHED = frozenset(("pass", "fail", "skip", "promoted"))
ACTIVE = frozenset(("running", "uploading", "cancelling"))
# What a machine may say of its run.
REPORTED = ("running", "uploading", "pass", "fail")

# What happens to a run, and from where to where that moves it. A run that is to end is not called back by what its
# machine still says before its last word.
MOVES: Mapping[str, Mapping[str, str]] = {
    "hand out": {"queued": "running"},
    "lose": {"running": "queued", "uploading": "queued", "cancelling": "fail"},
    "give up": {"queued": "fail", "running": "fail", "uploading": "fail", "cancelling": "fail"},
    "cancel": {
        "queued": "fail",
        "running": "cancelling",
        "uploading": "cancelling",
        "cancelling": "cancelling",
        "pass": "pass",
        "fail": "fail",
    },
    "rerun": {"pass": "queued", "fail": "queued"},
    "running": {"running": "running", "uploading": "running", "cancelling": "cancelling"},
    "uploading": {"running": "uploading", "uploading": "uploading", "cancelling": "cancelling"},
    "pass": dict.fromkeys(ACTIVE, "pass"),
    "fail": dict.fromkeys(ACTIVE, "fail"),
}
BUILD_MOVES: Mapping[str, Mapping[str, str]] = {
    "promote": {"pass": "promoted", "fail": "promoted"},
    # What its runs then make of it is joined.
    "rerun": {status: status for status in BUILD if status != "promoted"},
}


def moved(status: str, event: str, moves: Mapping[str, Mapping[str, str]] = MOVES) -> str:
    """Return what a run (or, by ``BUILD_MOVES``, a build) is after something happened to it.

    Raises:
        Conflict: that does not happen to one of this status.
    """
    after = moves[event].get(status)
    if after is None:
        raise Conflict(f"it is {status}, and cannot {event}")
    return after


def joined(statuses: Iterable[str]) -> str:
    """Return the status of a build by those of its runs, or what the tests of a run, all finished, make of it.

    What has ended well or ill goes on as long as something of it is queued; nothing at all has passed.
    """
    there = frozenset(statuses)
    if there <= FINISHED:
        return "fail" if "fail" in there else "pass"
    begun = there & ACTIVE or there & {"pass", "fail"}
    if not begun:
        return "queued"
    return "failing" if there & {"fail", "cancelling"} else "running"


def finished(status: str, results: Iterable[str] = ()) -> bool:
    """Say whether a run, a build or a test has ended; a test has when all its results have, too."""
    return status in FINISHED and all(result in FINISHED for result in results)


def verdict(status: str, reported: str, open_tests: int, found: Collection[str] = ()) -> str:
    """Return what a run is after its machine's last word.

    Args:
        status: what it is now.
        reported: the last word, pass or fail.
        open_tests: how many of its tests have not ended; it runs on until they have. One that is to end does not wait.
        found: statuses of the tests that its log told of.

    Raises:
        Conflict: nothing is running of which this could be the last word.
    """
    last = moved(status, reported)
    if "fail" in found:
        last = "fail"
    return "running" if open_tests and status != "cancelling" else last
