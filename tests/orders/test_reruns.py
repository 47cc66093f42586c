"""Jobs are done again: told what they were told, of nothing that became of them, in one new run."""

from typing import Any

import orjson
import pytest

from paddles.archive import names
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import Conflict, Invalid, NotFound
from paddles.orders import reruns
from paddles.orders.reruns import Place, Prospect
from tests.boot import units as boot
from tests.boot.samples import HOSTS
from tests.orders.test_kills import together
from tests.units import SCHEME, accept, at, events_of, inexact, rows, run_of, submit

RUN = "ann-2026-01-30_10:00:00-rados-main-distro-default-smithi"
AGAIN = "ann-2026-01-31_12:00:09-rados-main-distro-default-smithi"


def place(name: str = AGAIN) -> Place:
    """Return where new jobs go."""
    return Place(name, "bob", at(9), HOSTS, SCHEME)


def rerun(database: Database, run: str = RUN, key: str | None = None, which: str = "failed", name: str = AGAIN) -> int:
    """Have jobs done again."""
    return transact(database, lambda session: reruns.rerun(session, run, key, which, place(name)))


def clone(database: Database, document: str, key: str = "1", name: str = AGAIN) -> None:
    """Have a job done with another document."""
    transact(database, lambda session: reruns.clone(session, RUN, key, document, place(name)))


def editable(database: Database, key: str = "1") -> str:
    """Return what is to be edited of a job."""
    return read(database, lambda session: reruns.editable(session, RUN, key))


def documents(database: Database, run: str = AGAIN) -> list[dict[str, Any]]:
    """Return what the jobs of a run were told, in their order."""
    found = rows(
        database,
        "SELECT document FROM jobs JOIN runs ON runs.id = run_id WHERE runs.name = :run ORDER BY jobs.id",
        run=run,
    )
    return [orjson.loads(row.document) for row in found]


@pytest.fixture
def filled(database: Database) -> Database:
    """A run of jobs that failed, died, passed, wait, and one that was in no queue."""
    told = {"queue": "smithi", "description": "rados/a", "priority": 70, "tasks": [{"install": None}], "suite": "rados"}
    for key, status in (("1", "fail"), ("2", "dead"), ("3", "pass"), ("4", "queued"), ("5", "fail")):
        submit(database, RUN, key, status="queued", **(told if key != "5" else {"description": "rados/b"}))
        if status != "queued":
            became = {
                "failure_reason": "x",
                "duration": 9,
                "targets": {"u@m1": "k"},
                "archive_path": "/a/b",
                "pid": "3",
            }
            accept(database, RUN, key, status=status, **became)
    return database


def test_what_failed_is_done_again(filled: Database) -> None:
    """Queued in the same queue, as urgent, of the same description, and nothing of what became of it."""
    assert Prospect(failed=2, all=4, others=1) == read(filled, lambda session: reruns.prospect(session, RUN))

    assert 2 == rerun(filled)

    new = run_of(filled, AGAIN)
    assert ("queued", 2, ["rerun of " + RUN]) == (new.status, new.n_queued, new.tags)
    assert ("ann", "rados", "main") == (new.username, new.suite, new.branch)
    for document in documents(filled):
        assert {
            "queue": "smithi",
            "description": "rados/a",
            "priority": 70,
            "tasks": [{"install": None}],
            "suite": "rados",
            "name": AGAIN,
        } == document
    found = rows(filled, "SELECT description_id, queue_id, priority FROM jobs WHERE document ->> 'queue' = 'smithi'")
    assert 1 == len(set(found))
    assert [] == inexact(filled)


def test_all_and_one(filled: Database) -> None:
    """Of all, also those that passed or wait; of one, whatever became of it."""
    assert 4 == rerun(filled, which="all")
    assert 1 == rerun(filled, key="3", which="all", name="one")

    assert ["pass"] == [row.status for row in rows(filled, "SELECT status FROM jobs WHERE key = '3'")]
    assert 1 == len(documents(filled, "one"))


def test_the_log_says_who(filled: Database) -> None:
    """And what the new run is called."""
    rerun(filled)
    rerun(filled, key="1", name="one")

    said = {"by": "bob", "run": RUN}
    assert [
        ("run.rerun", f"runs/{RUN}", {**said, "rerun": AGAIN, "jobs": 2}),
        ("job.rerun", f"runs/{RUN}/jobs/1", {**said, "job": "1", "rerun": "one", "jobs": 1}),
    ] == [(event.type, event.subject, orjson.loads(event.data)) for event in events_of(filled, "action")]


def test_what_cannot_be_done_again(filled: Database) -> None:
    """What was in no queue of ours, what is not there, and what is called like a run that there is."""
    with pytest.raises(Conflict, match="none is done again here"):
        rerun(filled, key="5")
    for run, key in (("nothing", None), ("nothing", "1"), (RUN, "9")):
        with pytest.raises(NotFound):
            rerun(filled, run, key)
    with pytest.raises(Conflict, match="already exists"):
        rerun(filled, name=RUN)
    for name in ("", "queued", "a\nb", "x" * 513):
        with pytest.raises(Invalid):
            rerun(filled, name=name)

    assert [] == events_of(filled, "action")
    assert 1 == len(rows(filled, "SELECT name FROM runs"))


def test_two_at_once(filled: Database) -> None:
    """The form that is sent twice is obeyed once."""
    done = together(*[lambda: rerun(filled)] * 4)

    assert [2] == [each for each in done if not isinstance(each, Conflict)]
    assert 2 == len(documents(filled))
    assert [] == inexact(filled)


def test_jobs_that_machines_boot_for(database: Database) -> None:
    """They are given to machines like the old ones; who waited for one of them waits for its new one."""
    first = boot.started(database, submit_id="r", my_token="t", secrets={"a": "b"})
    second = boot.submit(database, submit_id="r", wait_on={str(first): {"job_health": "success"}})
    boot.finish(database, first, job_health="oom")

    assert 2 == rerun(database, "r", name="again")

    found = rows(database, "SELECT jobs.* FROM jobs JOIN runs ON runs.id = run_id WHERE name = 'again' ORDER BY 1")
    new, waits = found
    document = orjson.loads(new.document)
    assert ("queued", "boot", {"a": "b"}) == (new.status, new.kind, document["secrets"])
    assert "job_health" not in document
    assert {str(new.id)} == {*orjson.loads(waits.document)["wait_on"]}
    assert "waiting" == waits.status
    assert second not in (new.id, waits.id)
    assert new.id == boot.given(database)
    assert [] == inexact(database)


def test_what_is_edited(filled: Database) -> None:
    """What the job was told, but for secrets and what became of it; unchanged it says the same again."""
    accept(filled, RUN, "1", secrets={"key": "hidden"}, my_token="hidden", my_email="hidden", odd="0x1\n a: 'b'\n")
    shown = editable(filled)

    assert "hidden" not in shown
    assert "failure_reason" not in shown
    clone(filled, shown.replace("\n", "\r\n"))
    (document,) = documents(filled)
    assert {"rados/a", 70, "smithi", "0x1\n a: 'b'\n"} <= {
        value for value in document.values() if value != [{"install": None}]
    }
    assert not {"secrets", "my_token", "my_email"} & {*document}


def test_a_job_with_changes(filled: Database) -> None:
    """It is told them, and is another job; the old one stays."""
    submit(filled, "other", "1", status="queued", queue="plana")
    clone(filled, "queue: plana\ndescription: new\npriority: 5\nstatus: pass\nsuccess: true\njob_id: '1'\n")

    (row,) = rows(filled, "SELECT jobs.* FROM jobs JOIN runs ON runs.id = run_id WHERE name = :run", run=AGAIN)
    assert ("queued", 5) == (row.status, row.priority)
    assert row.key != "1"
    assert {"queue": "plana", "description": "new", "priority": 5, "name": AGAIN} == orjson.loads(row.document)
    assert {"by": "bob", "run": RUN, "job": "1", "rerun": AGAIN, "jobs": 1, "edited": True} == orjson.loads(
        events_of(filled, "action")[0].data
    )


@pytest.mark.parametrize(
    "document",
    ["", "x", "- a", "{}", "a: [", "a: !!python/object:os.system x", "a: &x [*x]", "a: {" * 60 + "}" * 60, "a: 'x",
     "queue: nothing", "queue: [1]", "queue: {a: b}", "queue: 7", f"a: '{'x' * 2**20}'", "a: .inf", "a: \ud800"],
    ids=lambda text: repr(text[:20]),
)  # fmt: skip
def test_what_is_no_job(filled: Database, document: str) -> None:
    """Is refused, and nothing is made."""
    with pytest.raises(Invalid):
        clone(filled, document)

    assert 1 == len(rows(filled, "SELECT name FROM runs"))


@pytest.mark.parametrize(
    ("name", "new"),
    [
        (RUN, AGAIN),
        ("mine", "mine-again-2026-01-31_12:00:09"),
        ("mine-again-2026-01-31_12:00:05", "mine-again-2026-01-31_12:00:09"),
        ("x" * 512, "x" * 486 + "-again-2026-01-31_12:00:09"),
    ],
)
def test_what_the_new_run_is_called(name: str, new: str) -> None:
    """As the old one, with the time of now."""
    assert new == names.again(name, at(9), SCHEME)


@pytest.mark.parametrize("wait_on", ["{\u00b2: null}", "{x: null}", "7", "{'1': 5}", "{'99999999': null}"])
def test_a_booting_job_that_waits_for_nonsense(database: Database, wait_on: str) -> None:
    """Is refused as whoever submits it is."""
    boot.submit(database, submit_id="r")
    (row,) = rows(database, "SELECT key FROM jobs")
    document = f"suite: nap\ntestbox: vm-2p8g\nos: debian\nos_arch: x86_64\nos_version: sid\nwait_on: {wait_on}\n"

    with pytest.raises((Invalid, NotFound)):
        transact(database, lambda session: reruns.clone(session, "r", row.key, document, place()))

    assert 1 == len(rows(database, "SELECT name FROM runs"))
