"""Machines that pull their work: registered, heard of, removed; given work by their name and tags."""

import datetime
from typing import Any

import pytest
from sqlalchemy import Row, text

from paddles.archive import jobs
from paddles.archive.jobs import Waits
from paddles.db.engine import Database
from paddles.db.pages import Page
from paddles.db.work import transact
from paddles.errors import Conflict, Invalid, NotFound, Unauthenticated
from paddles.lab import pullers, pulls, queues
from tests.conftest import NOW
from tests.units import SCHEME, rows

KEY = "k" * 32
SAID = {
    "distro": "debian",
    "mem_total": 8,
    "cpu_total": 4,
    "cpu_type": "x86",
    "concurrency": 2,
    "tags": ["amd64", "kvm"],
    "surges_only": False,
}
KEEP = datetime.timedelta(minutes=15)
TTL = datetime.timedelta(seconds=15)
MINUTE = datetime.timedelta(minutes=1)


def do(database: Database, work: Any, *arguments: Any, **options: Any) -> Any:
    """Do something in a unit of work of its own."""
    return transact(database, lambda session: work(session, *arguments, **options))


def write(database: Database, statement: str, **values: Any) -> None:
    """Execute a statement in a unit of work of its own."""
    do(database, lambda session: session.execute(text(statement), values))


def registered(database: Database, name: str = "w1", *, key: str | None = KEY, **said: Any) -> Row[Any]:
    """Register a machine and return it."""
    do(database, pullers.register, name, {**SAID, **said}, key=key)
    return do(database, pullers.find, name)


def queued(database: Database, run: str, tag: str, *, pattern: str | None = None, priority: int = 0) -> int:
    """Queue a job of a build and return its id."""

    def work(session: Any) -> int:
        said = {"status": "queued", "priority": priority}
        queue_id = queues.ensure(session, tag)
        made = jobs.create(session, run, None, said, NOW, SCHEME, waits=Waits(queue_id, "build"))
        return int(made.id)

    job_id: int = transact(database, work)
    if pattern:
        write(database, "UPDATE queues SET pattern = :pattern WHERE name = :name", pattern=pattern, name=tag)
    return job_id


def given(database: Database, machine: Row[Any], now: datetime.datetime = NOW) -> int | None:
    """Give a machine the most urgent job there is for it, and return its id."""

    def work(session: Any) -> int | None:
        run_id = pulls.next_run(session, machine, now)
        job = run_id and pulls.start(session, machine, run_id, b"digest", now, TTL)
        return int(job.id) if job else None

    found: int | None = transact(database, work)
    return found


def test_one_that_registers_is_given_nothing_yet(database: Database) -> None:
    """It is known with all that it said, and not enlisted."""
    machine = registered(database)

    assert (["amd64", "kvm"], 2, False) == (machine.tags, machine.concurrency, machine.enlisted)
    assert "debian" == machine.distro


def test_a_name_is_taken_until_its_machine_is_removed(database: Database) -> None:
    """A second machine of the name is refused; one that comes back after its removal starts anew, not enlisted."""
    machine = registered(database)
    do(database, pullers.enlist, machine, True, "admin")

    with pytest.raises(Conflict):
        registered(database, key="x" * 32)
    do(database, pullers.remove, machine, NOW)
    again = registered(database, key="y" * 32)

    assert not again.enlisted
    with pytest.raises(Unauthenticated):
        pullers.shown(again, KEY)


def test_one_that_was_removed_is_not_found(database: Database) -> None:
    """Whoever asks for it hears that there is none; that there was one is known."""
    do(database, pullers.remove, registered(database), NOW)

    with pytest.raises(NotFound):
        do(database, pullers.find, "w1")
    assert do(database, pullers.was_removed, "w1")


def test_only_its_own_key_shows_a_machine(database: Database) -> None:
    """Another key, and any key of a machine that shows signed tokens, is refused; of a key a digest is kept."""
    machine = registered(database)

    assert pullers.shown(machine, KEY) == machine
    for wrong in ("", KEY[:-1], KEY + "k"):
        with pytest.raises(Unauthenticated):
            pullers.shown(machine, wrong)
    with pytest.raises(Unauthenticated):
        pullers.shown(registered(database, "signed", key=None), KEY)
    assert KEY.encode() not in bytes(rows(database, "SELECT digest FROM pullers WHERE NOT signed")[0].digest)


def test_one_that_shows_signed_tokens_is_enlisted(database: Database) -> None:
    """Whoever signs its tokens has said that it may work."""
    assert registered(database, key=None).enlisted


def test_tags_are_compared_in_lower_case(database: Database) -> None:
    """They are kept so, without blanks and repetitions; too many, and ones that cannot be shown, are refused."""
    assert ["amd64", "kvm"] == pullers.tags([" AMD64", "kvm", "amd64 ", ""])
    for wrong in (["a\0"], ["x" * 257], [str(n) for n in range(101)]):
        with pytest.raises(Invalid):
            pullers.tags(wrong)


def test_a_page_of_machines_is_by_name(database: Database) -> None:
    """Removed ones are left out, of the page and of the total."""
    for name in ("b", "a", "c", "d"):
        registered(database, name)
    do(database, pullers.remove, do(database, pullers.find, "b"), NOW)

    found, total = do(database, pullers.listed, Page(2, 1))

    assert (["c", "d"], 3) == ([row.name for row in found], total)


def test_only_what_is_said_changes(database: Database) -> None:
    """What a machine leaves out of a change stays as it was."""
    machine = registered(database)

    do(database, pullers.describe, machine, {"tags": ["arm64"], "concurrency": 5})

    after = do(database, pullers.find, "w1")
    assert (["arm64"], 5, "debian", 8) == (after.tags, after.concurrency, after.distro, after.mem_total)


def test_a_machine_is_idle_since_it_first_said_so(database: Database) -> None:
    """Each time it asks it is told since when; saying that it is busy ends that."""
    machine = registered(database)

    def ask(minutes: int, *, busy: bool) -> Any:
        now = NOW + minutes * MINUTE
        return do(database, pullers.check_in, machine, {}, now, busy=busy, keep=KEEP)

    assert [None, NOW, NOW] == [ask(0, busy=False), ask(1, busy=False), ask(2, busy=False)]
    assert [None, None, NOW + 4 * MINUTE] == [ask(3, busy=True), ask(4, busy=False), ask(5, busy=False)]


def test_one_that_is_busy_keeps_what_it_spoke_of(database: Database) -> None:
    """Its leases last on; one of which it has said nothing yet ends when it was to end."""
    machine, _ = registered(database), [queued(database, "p/builds/1", "kvm") for _ in range(2)]
    spoken, unspoken = given(database, machine), given(database, machine)
    write(database, "UPDATE leases SET heard = :now WHERE job_id = :id", now=NOW, id=spoken)

    do(database, pullers.check_in, machine, {}, NOW + MINUTE, busy=True, keep=KEEP)

    expires = {row.job_id: row.expires for row in rows(database, "SELECT job_id, expires FROM leases")}
    assert {spoken: NOW + MINUTE + KEEP, unspoken: NOW + TTL} == expires


def test_one_is_online_while_it_is_heard_of(database: Database) -> None:
    """For 80 seconds; one kept for surges, which asks less often, for 240."""
    plain, surge = registered(database, "a"), registered(database, "b", surges_only=True)
    for machine in (plain, surge):
        do(database, pullers.check_in, machine, {}, NOW, busy=False, keep=KEEP)

    def online(name: str, seconds: int) -> bool:
        found = do(database, pullers.find, name)
        return pullers.online(found, NOW + datetime.timedelta(seconds=seconds))

    assert (True, False, True, False) == (online("a", 80), online("a", 81), online("b", 240), online("b", 241))
    assert not pullers.online(registered(database, "never"), NOW)


@pytest.mark.parametrize(
    ("tag", "pattern", "fits"),
    [
        ("kvm", None, True),
        ("amd64", None, True),
        ("w1", None, True),
        ("arm64", None, False),
        ("amd*", "^(?:amd.*)$", True),
        ("arm*", "^(?:arm.*)$", False),
        ("w?", "^(?:w.)$", True),
    ],
)
def test_a_machine_is_given_what_its_name_and_tags_fit(
    database: Database, tag: str, pattern: str | None, fits: bool
) -> None:
    """The tag of a job, or the pattern that it is, is looked for among the name and the tags of the machine."""
    job_id = queued(database, "p/builds/1", tag, pattern=pattern)

    assert (job_id if fits else None) == given(database, registered(database))


def test_jobs_go_out_by_priority_then_build_then_job(database: Database) -> None:
    """From whichever queue: a job added late to an old build goes before those of newer ones."""
    machine = registered(database)
    order = [("1", "kvm", 0), ("2", "kvm", 0), ("1", "amd64", 0), ("2", "w1", -5), ("1", "kvm", 7)]
    made = [queued(database, f"p/builds/{n}", tag, priority=priority) for n, tag, priority in order]

    found = [given(database, machine) for _ in range(6)]

    assert [made[3], made[0], made[2], made[1], made[4], None] == found


def test_a_paused_queue_gives_nothing(database: Database) -> None:
    """Until the pause is over."""
    machine, job_id = registered(database), queued(database, "p/builds/1", "kvm")
    do(database, queues.pause, "kvm", 60, "me", NOW)

    assert given(database, machine) is None
    assert job_id == given(database, machine, NOW + 2 * MINUTE)


def test_one_kept_for_surges_is_given_work_in_a_surge(database: Database) -> None:
    """Of the queues in which there is one, and of no other."""
    machine = registered(database, surges_only=True)
    queued(database, "p/builds/1", "amd64")
    job_id = queued(database, "p/builds/1", "kvm")

    assert given(database, machine) is None
    write(database, "INSERT INTO surges (tag, waiting, began) VALUES ('kvm', 9, :now)", now=NOW)
    assert [job_id, None] == [given(database, machine), given(database, machine)]


def test_who_holds_a_job_is_on_record(database: Database) -> None:
    """The job runs, is linked to the machine, and its lease has the digest of the token."""
    machine, job_id = registered(database), queued(database, "p/builds/1", "kvm")

    given(database, machine)

    lease = rows(database, "SELECT machine_id, digest, expires FROM leases")[0]
    assert (machine.id, b"digest", NOW + TTL) == (lease.machine_id, bytes(lease.digest), lease.expires)
    linked = rows(
        database, "SELECT status, machine_id FROM jobs JOIN job_machines ON job_id = id WHERE id = :id", id=job_id
    )
    assert [("running", machine.id)] == [tuple(row) for row in linked]
