"""What has become of a test from one run to another: a class for each pair of verdicts. Pure."""

from collections.abc import Sequence

# What may be known of a test in a run, the weaker first: of several results of one name the strongest counts. A case
# that could not be executed failed; one that is waived is skipped.
VERDICTS = ("skip", "unknown", "queued", "waiting", "running", "dead", "pass", "fail")
# In the order in which they matter; the first three are shown where nobody asks for others.
CLASSES = (
    "regression",
    "fixed",
    "new_failure",
    "still_failing",
    "new_pass",
    "appeared",
    "disappeared",
    "changed_duration",
    "undecided",
    "infra",
    "unchanged",
)
USUAL = CLASSES[:3]
# A duration has changed by more than this part of the first, and by more than so many seconds.
PART, SECONDS = 0.2, 60.0


def of(first: str | None, last: str | None, *, changed: bool = False) -> str:
    """Return the class of a test of two of ``VERDICTS``, None where a run does not have it.

    ``changed`` says that its duration has. What a dead job says of a test is the lab's trouble, not a failure: such a
    test is ``infra``. Only a pass and a failure decide: after one of them all else is ``undecided``.
    """
    if "dead" in (first, last):
        return "infra"
    if last is None:
        return "disappeared"
    if last == "fail":
        return {"pass": "regression", "fail": "still_failing"}.get(first or "", "new_failure")
    if last == "pass":
        return _passing(first, changed=changed)
    if first is None:
        return "appeared"
    return "undecided" if first in ("pass", "fail") else "unchanged"


def _passing(first: str | None, *, changed: bool) -> str:
    if first == "fail":
        return "fixed"
    if first != "pass":
        return "new_pass"
    return "changed_duration" if changed else "unchanged"


def changed(first: float | None, last: float | None) -> bool:
    """Say whether a duration in seconds is another one; what is not known has not changed."""
    if first is None or last is None:
        return False
    return abs(last - first) > SECONDS and abs(last - first) > PART * first


def table() -> Sequence[Sequence[int]]:
    """Return the places in ``CLASSES`` of all pairs of verdicts whose durations are alike.

    A row for each first verdict, in it a column for each last; of both the first place is of a run without the test.
    """
    known = (None, *VERDICTS)
    return [[CLASSES.index(of(first, last)) for last in known] for first in known]
