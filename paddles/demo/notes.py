"""What people write beside results: notes, links to issues, a pin, a quarantine, and issues that explain failures."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlencode

from paddles.demo.jobs import BAD_MACHINE, Run
from paddles.demo.wire import Refused, Wire

ISSUES = "https://bugs.example.org"
Said = Mapping[str, str]

# What a note stands beside, in the words of the interface.
NAMES = ("run", "job", "machine", "test")
BESIDE: Sequence[Said] = (
    {"machine": BAD_MACHINE, "text": "Loses its connection under load. Its card is changed on Thursday."},
    {"machine": BAD_MACHINE, "kind": "issue", "url": f"{ISSUES}/4731", "text": "Card of rack 4, slot 17"},
    {"machine": "trial001", "text": "Carries the guests vpm001 to vpm004: tell Bjarne before you take it."},
    {"test": "kselftest-net/tls", "kind": "quarantine", "text": "Fails one time in three on zork, and passes again."},
    {"test": "ltp-syscalls/epoll_wait02", "text": "Needs a quiet machine; the board shares its power with two others."},
)
KNOWN: Sequence[Said] = (
    {"title": "Slow ops while OSDs are thrashed", "url": f"{ISSUES}/4702", "pattern": "SLOW_OPS"},
    {"title": "OSDs dump core when they end", "url": f"{ISSUES}/4688", "pattern": "(?i)found coredumps? on"},
    {"title": "Late packets since the timer rework", "url": f"{ISSUES}/4711", "pattern": "kselftest-net.so_txtime"},
)
# This one is bound to its kind of failures, not found by a pattern.
LOST, LOST_OF = f"{BAD_MACHINE} loses its connection", f"SSH connection to {BAD_MACHINE}"
RELEASES = ("tentacle", "squid")
BROKEN = "test_multisite"


def fill(wire: Wire, past: Sequence[Run]) -> tuple[int, int]:
    """Write notes, also beside runs that have ended, and have failures explained; return how many were not there.

    What nobody has read yet of what labs sent is left out, and nothing that somebody has ended is written again.
    """
    notes = wire.each(lambda said: _written(wire, said), [*BESIDE, *_of_runs(past)])
    there = {each["title"] for each in wire.send("GET", "/known-issues/?ended=1&count=1000")["known_issues"]}
    new = [said for said in (*KNOWN, *_lost(wire)) if said["title"] not in there]
    return sum(notes), sum(_added(wire, "/known-issues/", said) for said in new)


def _of_runs(past: Sequence[Run]) -> Iterator[Said]:
    """Yield what is written beside the newest run in which something fails, and beside a job of it; and a pin."""
    for run in reversed(past):
        failed = [job["job_id"] for job in run.jobs if BROKEN in job.get("failure_reason", "")]
        if failed:
            yield {"run": run.name, "text": "Only multisite fails. Chiyo bisects it; no need to run it again for this."}
            yield {"run": run.name, "kind": "issue", "url": f"{ISSUES}/4740", "text": "multisite: sync stops"}
            yield {"run": run.name, "job": failed[0], "text": "The zone's period is the old one until the end."}
            break
    for run in reversed(past):
        if all(job["status"] == "pass" and job["branch"] in RELEASES for job in run.jobs):
            yield {"run": run.name, "kind": "pin", "text": "The release candidate: compare with this one."}
            break


def _lost(wire: Wire) -> Iterator[Said]:
    """Yield the issue that explains a kind of failures, where there is that kind."""
    for each in wire.send("GET", "/failures/?count=100"):
        if each["text"].startswith(LOST_OF):
            yield {"title": LOST, "url": f"{ISSUES}/4731", "failure": each["id"]}


def _written(wire: Wire, said: Said) -> bool:
    """Write a note, and say whether it is new."""
    about = {name: said[name] for name in NAMES if name in said}
    try:
        there = wire.send("GET", f"/notes/?{urlencode({**about, 'ended': 1})}")["notes"]
    except Refused as error:
        if error.status == 404:
            return False
        raise
    return said["text"] not in {each["text"] for each in there} and _added(wire, "/notes/", said)


def _added(wire: Wire, path: str, said: Said) -> bool:
    """Send what adds something, as whoever the token is of; False where what it is about is not there, or no room."""
    try:
        wire.send("POST", path, said, as_admin=bool(wire.token))
    except Refused as error:
        if error.status in (404, 409):
            return False
        raise
    return True
