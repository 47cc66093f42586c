"""What a history must fulfil. Pure: entries and what is stored in the end go in, broken promises come out.

A request that got no answer, or 5xx, may have been done or not; one that got 4xx was not done; one that got 200 was.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from bench.torture.history import Entry

WRITES = ("create", "report")
# Answers that a reporter may get: done, refused with a reason, or not now.
HONEST = (0, 200, 400, 403, 404, 503)


def check(entries: Sequence[Entry], stored: Mapping[str, Any], locked: Sequence[str], lease_s: float) -> list[str]:
    """Return one line for each broken promise.

    Args:
        stored: every job in the end, by ``run/key``, as the service shows it.
        locked: machines that are locked in the end, when everybody has given back what they had.
        lease_s: how long a popped job is nobody else's.
    """
    return [
        *(f"answered {e.status}: {e}" for e in entries if e.status not in HONEST),
        *_jobs(entries, stored),
        *_pops([e for e in entries if e.kind == "pop" and e.acknowledged and e.answer], entries, lease_s),
        *_locks(entries),
        *(f"{name} is still locked" for name in locked),
    ]


def _jobs(entries: Sequence[Entry], stored: Mapping[str, Any]) -> Iterator[str]:
    writes: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.kind in WRITES:
            writes[entry.subject].append(entry)
    for subject in stored.keys() - writes.keys():
        yield f"{subject} is stored and nobody wrote it"
    for subject, written in writes.items():
        written.sort(key=lambda entry: entry.sent)
        yield from _seen(subject, stored.get(subject), written, "stored in the end")
    for read in entries:
        # Refused and unanswered reads say nothing; 404 says that the job is not there.
        if read.kind == "read" and read.status in (200, 404):
            until = [entry for entry in writes[read.subject] if entry.sent < read.got]
            answer = read.answer if read.acknowledged else None
            yield from _seen(read.subject, answer, until, "read", read.sent)


def _seen(
    subject: str, job: Mapping[str, Any] | None, written: Sequence[Entry], where: str, at: float = float("inf")
) -> Iterator[str]:
    """Check one look at a job, begun at ``at``, against what was written until it ended."""
    candidates = _candidates(written, at)
    if job is None:
        if None not in candidates:
            yield f"{subject}: not {where}, though acknowledged"
        return
    tag = job["owner"]
    if tag not in candidates:
        yield f"{subject}: {tag} is {where}, and must be one of {sorted(filter(None, candidates))}"
        return
    status = candidates[tag]
    tags = job["overrides"]["tags"]
    whole = job["archive_path"] == f"/archive/{tag}" and job["description"] == f"smoke/{tag}" and set(tags) == {tag}
    if not whole or job["status"] != status:
        yield f"{subject}: half of {tag} is {where}: {dict(job)}"


def _candidates(written: Sequence[Entry], at: float) -> dict[str | None, str]:
    """Return the tags that may be seen, with the status each left; None stands for no job at all."""
    possible: dict[str | None, str] = {None: ""}
    late: dict[str | None, str] = {}
    for entry in written:
        effect = {entry.said["tag"]: entry.said["status"]}
        if entry.acknowledged and entry.got <= at:
            possible = effect
        elif entry.acknowledged or _in_doubt(entry):
            possible = possible | effect
        # Nobody waited for its end, so it may also have been done after what follows it.
        if entry.error.startswith("TimeoutError"):
            late |= effect
    return possible | late


def _in_doubt(entry: Entry) -> bool:
    return entry.status == 0 or entry.status >= 500


def _pops(pops: Sequence[Entry], entries: Sequence[Entry], lease_s: float) -> Iterator[str]:
    """No job goes to two while a lease lived, nor to anybody once somebody was told that it runs."""
    begun: dict[str, float] = {}
    for entry in entries:
        if entry.kind == "report" and entry.acknowledged:
            begun[entry.subject] = min(entry.got, begun.get(entry.subject, entry.got))
    last: dict[str, Entry] = {}
    for pop in sorted(pops, key=lambda entry: entry.sent):
        subject = f"{pop.answer['name']}/{pop.answer['job_id']}"
        before = last.get(subject)
        if before and pop.got < before.sent + lease_s:
            yield f"{subject} was handed to {before.who} at {before.got:.3f} and to {pop.who} at {pop.got:.3f}"
        if pop.sent > begun.get(subject, float("inf")):
            yield f"{subject} was handed to {pop.who} at {pop.got:.3f}, and ran since {begun[subject]:.3f}"
        last[subject] = pop


def _locks(entries: Iterable[Entry]) -> Iterator[str]:
    """No machine is held by two: between the answer to a lock and the next unlock it is the locker's alone."""
    holds: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for who, mine in _by_who(entry for entry in entries if entry.kind in ("lock", "unlock")).items():
        for index, entry in enumerate(mine):
            if entry.kind == "lock" and entry.acknowledged:
                for name in (machine["name"] for machine in entry.answer):
                    ends = (later.sent for later in mine[index:] if name in later.said.get("names", ()))
                    holds[name].append((entry.got, next(ends, float("inf")), who))
    for name, spans in holds.items():
        spans.sort()
        for (_, end, who), (begin, _, other) in pairwise(spans):
            if begin < end and who != other:
                yield f"{name} is held by {who} until {end:.3f} and by {other} from {begin:.3f}"


def _by_who(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: entry.sent):
        found[entry.who].append(entry)
    return found
