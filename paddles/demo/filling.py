"""The whole demo: a service filled from end to end, part by part."""

import datetime
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from paddles.demo import boots, checks, jobs, kernels, lab, notes, projects, reviews, runs, samples, trees
from paddles.demo.jobs import Run
from paddles.demo.wire import Wire
from paddles.errors import Conflict, Forbidden

PAGE = 500
# Runs that the service makes by itself, of what others submit.
OF_THE_SERVICE = ("extract_stats",)
LEFT_OUT = (
    "projects, their builds and nodes are left out: they need the token of an administrator, --token"
    ' "$(paddles user token NAME)"; ./dev demo makes one where ./dev up of the same user serves'
)
SHOWN = 3

Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What is asked for: so many ``runs`` of so many ``days`` before ``now``, the same ones for the same ``seed``."""

    seed: int
    days: int
    runs: int
    now: datetime.datetime
    samples: Path | None = None


def check_token(wire: Wire) -> None:
    """Do nothing where the token, if there is one, is an administrator's.

    Raises:
        Refused: it is worth nothing.
        Forbidden: it is somebody else's.
    """
    if wire.token and not wire.send("GET", "/latest/whoami", as_admin=True).get("is_superuser"):
        raise Forbidden("the token is not that of an administrator")


def check_runs(wire: Wire) -> None:
    """Do nothing where the service has no runs but those of demos.

    Raises:
        Conflict: it has others; the message names some of them.
    """
    for page in itertools.count(1):
        rows = wire.send("GET", f"/runs/?fields=name,sha1&count={PAGE}&page={page}")
        strangers = [row["name"] for row in rows if not _ours(row["name"], row["sha1"] or "")]
        if strangers:
            shown = ", ".join(strangers[:SHOWN])
            raise Conflict(f"{wire.url} has runs of others ({shown}); --yes adds those of the demo all the same")
        if len(rows) < PAGE:
            return


def fill(wire: Wire, wanted: Wanted, say: Say) -> None:
    """Fill the service. What is there already, from a demo before this one, stays as it is."""
    seed, now = wanted.seed, wanted.now
    say(f"{lab.fill(wire, seed, now)} machines, {len(lab.QUEUES)} queues")
    _kernels(wire, wanted, say)
    say(f"{boots.fill(wire, seed)} jobs of machines that boot")
    if wire.token:
        say(f"{projects.fill(wire, seed)} builds of {len(projects.PROJECTS)} projects")
        say(f"{trees.fill(wire, seed, wanted.days, now)} nodes")
    else:
        say(LEFT_OUT)
    # The last that is told of is the first that is shown.
    past = list(jobs.past(seed, wanted.days, wanted.runs, now))
    _runs(wire, past, wanted, say)
    review(wire, past, say)
    if wanted.samples:
        taken, refused = samples.send(wire, wanted.samples)
        say(f"{taken} samples, {refused} refused")


def review(wire: Wire, past: Sequence[Run], say: Say) -> None:
    """Say what people say of results, as far as the service has read these by now."""
    say(f"{reviews.fill(wire)} regressions have an owner")
    written, known = notes.fill(wire, past)
    say(f"{written} notes, {known} known issues")


def _kernels(wire: Wire, wanted: Wanted, say: Say) -> None:
    """Tell of kernels first: the sweep reads on while the rest is told."""
    found = list(kernels.revisions(wanted.seed, wanted.days, wanted.now))
    told = [kernels.post(wire, wanted.seed, revision) for revision in sorted(found, key=lambda each: each.at)]
    by_hand = kernels.post_by_hand(wire, wanted.seed, found[-1])
    builds, booted = (sum(each) for each in zip(*told, strict=True))
    checked = checks.fill(wire, wanted.seed, wanted.now)
    say(
        f"{builds} builds and {booted + by_hand} boots of {len(found)} kernels, and {checked} health checks, which the"
        " sweep reads in the background"
    )


def _runs(wire: Wire, past: Sequence[Run], wanted: Wanted, say: Say) -> None:
    counts = [runs.post_past(wire, run, wanted.now) for run in past]
    present = enumerate(jobs.present(wanted.seed, wanted.now))
    counts += [runs.post_present(wire, run, place) for place, run in present]
    known = counts.count(0)
    there = f", {known} were there before" if known else ""
    say(f"{len(counts) - known} runs with {sum(counts)} jobs{there}")


def _ours(name: str, sha1: str) -> bool:
    return sha1.startswith(jobs.COMMIT) or name.startswith("demo-") or name in OF_THE_SERVICE
