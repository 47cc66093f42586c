"""Many reporters at once: nothing lost, every summary exact, one event for each change."""

import itertools
import random
from typing import Any

import orjson
from sqlalchemy import text

from paddles.app import serve
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.events import log
from paddles.settings import Settings
from tests.client import Client
from tests.concurrency.threads import inexact, together
from tests.waiting import until

MOVES = ("running", "waiting", "pass", "fail", "dead", "queued")


def clients(database: Database, settings: Settings, count: int) -> list[Client]:
    """Return as many clients of one service, one for each thread."""
    service = serve(database, settings)
    return [Client(service) for _ in range(count)]


def test_first_jobs_of_a_run_are_all_kept(database: Database, settings: Settings) -> None:
    """Eight writers create the first jobs of the same new runs: each POST is 200 and each job is there."""
    writers = clients(database, settings, 8)

    def write(number: int) -> None:
        for step in range(12):
            job = {"job_id": f"{number}-{step}", "status": "queued", "queue": "fresh", "description": f"d{step}"}
            writers[number].post_json(f"/runs/run-{step}/jobs/", job, status=200)

    together(8, write)

    runs = writers[0].get("/runs/?count=100").json
    assert [8] * 12 == [run["jobs_count"] for run in runs]
    assert {"queued"} == {run["status"] for run in runs}
    assert [] == inexact(database)


def test_one_of_equal_jobs_is_created(database: Database, settings: Settings) -> None:
    """Of eight POSTs of the same job one is answered 200, the others 400 "already exists"."""
    writers = clients(database, settings, 8)

    def write(number: int) -> list[int]:
        path = "/runs/r/jobs/"
        return [writers[number].post_json(path, {"job_id": step}, status="*").status_int for step in range(10)]

    answers = list(itertools.chain(*together(8, write)))

    assert 10 == answers.count(200)
    assert 70 == answers.count(400)
    assert 10 == writers[0].get("/runs/r/").json["jobs_count"]
    assert [] == inexact(database)


def test_one_of_equal_runs_is_created(database: Database, settings: Settings) -> None:
    """Of eight POSTs of the same run one is answered 200."""
    writers = clients(database, settings, 8)

    answers = together(8, lambda number: writers[number].post_json("/runs/", {"name": "r"}, status="*").status_int)

    assert [200] + [400] * 7 == sorted(answers)


def test_jobs_without_a_key_get_different_ones(database: Database, settings: Settings) -> None:
    """Keys that the service makes are unique over all runs, whoever asks at the same time."""
    writers = clients(database, settings, 8)

    def write(number: int) -> list[str]:
        path = f"/runs/run-{number % 3}/jobs/"
        return [writers[number].post_json(path, {"status": "queued"}).json["job_id"] for _ in range(12)]

    keys = list(itertools.chain(*together(8, write)))

    assert 96 == len(set(keys))
    assert [] == inexact(database)


def test_reports_and_deletions_at_once_leave_exact_summaries(database: Database, settings: Settings) -> None:
    """Eight reporters move, create and delete jobs of three runs; summaries equal a count, the log replays."""
    writers = clients(database, settings, 8)
    for run, key in itertools.product(range(3), range(10)):
        writers[0].post_json(f"/runs/run-{run}/jobs/", {"job_id": key, "status": "queued"})

    def write(number: int) -> None:
        dice = random.Random(number)
        for _ in range(60):
            run, key = f"/runs/run-{dice.randrange(3)}/jobs/", dice.randrange(12)
            chance = dice.random()
            if chance < 0.08:
                writers[number].delete(f"{run}{key}/", status="*")
            elif chance < 0.16:
                writers[number].post_json(run, {"job_id": key, "status": "queued"}, status="*")
            else:
                writers[number].put_json(f"{run}{key}/", {"status": dice.choice(MOVES)}, status="*")

    together(8, write)

    assert [] == inexact(database)
    # Readers of the log are held back by every transaction under way, in whatever database of the server.
    until(lambda: stored(database) == replayed(database))


def test_a_run_deleted_under_its_reporters_is_gone_or_whole(database: Database, settings: Settings) -> None:
    """Creating and reporting jobs while their run is deleted again and again never fails with a 5xx."""
    writers = clients(database, settings, 6)

    def write(number: int) -> list[int]:
        answers = []
        for step in range(25):
            if number == 0:
                answers.append(writers[0].delete("/runs/r/", status="*").status_int)
            else:
                job = {"job_id": f"{number}-{step}", "status": "running", "targets": {f"u@m{step}": "key"}}
                answers.append(writers[number].post_json("/runs/r/jobs/", job, status="*").status_int)
                path = f"/runs/r/jobs/{number}-{step}/"
                answers.append(writers[number].put_json(path, {"status": "pass"}, status="*").status_int)
        return answers

    answers = set(itertools.chain(*together(6, write)))

    assert {200, 404} >= answers
    assert [] == inexact(database)


def test_new_machines_named_by_many_jobs_at_once_are_registered_once(database: Database, settings: Settings) -> None:
    """Two jobs that name the same new machines, in any order, both succeed."""
    writers = clients(database, settings, 8)

    def write(number: int) -> None:
        names = [f"ubuntu@new{machine:02d}" for machine in range(20)]
        random.Random(number).shuffle(names)
        writers[number].post_json(
            "/runs/r/jobs/", {"job_id": number, "targets": dict.fromkeys(names, "key")}, status=200
        )

    together(8, write)

    assert 20 == len(writers[0].get("/nodes/").json)
    assert 8 == len(writers[0].get("/nodes/new07/jobs/").json)


def stored(database: Database) -> dict[str, str]:
    """Return the status of every job there is."""
    statement = text("SELECT runs.name || '/' || key AS job, jobs.status FROM jobs JOIN runs ON runs.id = run_id")
    with Session(database.reader) as session:
        return {row.job: row.status for row in session.execute(statement)}


def replayed(database: Database) -> dict[str, str]:
    """Return the same by following the log from its beginning, checking that each event continues the one before."""
    final: dict[str, str] = {}
    position = log.Position()
    with Session(database.reader) as session:
        while rows := log.read(session, "job", position, limit=50):
            for row in rows:
                follow(final, row)
            position = log.Position(rows[-1].xid, rows[-1].id)
    return final


def follow(final: dict[str, str], row: Any) -> None:
    """Apply one event."""
    data = orjson.loads(row.data)
    job = f"{data['run']}/{data['job']}"
    assert final.get(job) == data["from"]
    final[job] = row.type.removeprefix("job.")
    if row.type == "job.deleted":
        del final[job]


def test_new_descriptions_and_corrections_of_a_run_do_not_deadlock(database: Database, settings: Settings) -> None:
    """Jobs that share a description nobody knew and each correct their run take turns, and none has to be undone."""
    writers = clients(database, settings, 8)
    before = deadlocks(database)

    def write(number: int) -> None:
        for step in range(15):
            job = {"job_id": f"{number}-{step}", "branch": f"b{number % 3}", "description": f"new {step}"}
            writers[number].post_json("/runs/r/jobs/", job, status=200)

    together(8, write)

    assert 120 == writers[0].get("/runs/r/?fields=jobs_count").json["jobs_count"]
    assert before == deadlocks(database)
    assert [] == inexact(database)


def deadlocks(database: Database) -> int:
    """Return how many transactions of this database were ended because they waited for each other."""
    with Session(database.reader) as session:
        session.execute(text("SELECT pg_stat_force_next_flush()"))
        return int(
            session.scalar(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")) or 0
        )
