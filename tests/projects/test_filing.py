"""Logs that grow no more: what becomes of them, however often whoever sees to that is killed."""

import datetime
import os
from pathlib import Path
from typing import Any

import pytest

from paddles.archive import contents, files, logs
from paddles.archive.files import PATIENCE
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.errors import Unavailable
from paddles.projects import consoles, filing, progress
from paddles.projects.consoles import Keeping, Piece
from paddles.settings import Settings
from tests.conftest import NOW
from tests.projects.held import Held, hand_over, held, write
from tests.units import rows

LEASE = datetime.timedelta(minutes=15)
FIRST = b"# Run sent to worker: w1\n"
FILES = "SELECT files.path, files.digest FROM files WHERE job_id = :id ORDER BY path"


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a folder of this test's own."""
    return settings.model_copy(update={"files_dir": tmp_path})


def say(database: Database, own: Settings, job: Held, data: bytes) -> None:
    """Add to the log of a job."""

    def work(session: Any) -> None:
        row = progress.holder(session, job.project, job.number, job.key, job.token)
        progress.add(session, row, Piece(data), "", Keeping(contents.directory(own), 10**6, LEASE), NOW)

    transact(database, work)


def end(database: Database, job: Held, status: str = "fail", reason: str | None = None) -> None:
    """End a job."""
    write(database, "UPDATE leases SET ended = now(), outcome = 'x' WHERE job_id = :id", id=job.job_id)
    statement = "UPDATE jobs SET status = :status, finished = now(), reason = :reason, leased = false WHERE id = :id"
    write(database, statement, id=job.job_id, status=status, reason=reason)


def requeue(database: Database, job: Held) -> None:
    """Have a job wait for the next machine."""
    write(database, "UPDATE leases SET ended = now(), outcome = 'x' WHERE job_id = :id", id=job.job_id)
    statement = "UPDATE jobs SET status = 'queued', finished = NULL, leased = false WHERE id = :id"
    write(database, statement, id=job.job_id)


def filed(database: Database, own: Settings, job: Held) -> dict[str, bytes]:
    """Return the files of a job and what is in them."""
    store = contents.store(own)
    return {row.path: contents.read(store, bytes(row.digest)) for row in rows(database, FILES, id=job.job_id)}


def growing(own: Settings) -> list[tuple[int, int]]:
    """Return what still lies where logs grow."""
    return list(logs.all_of(contents.directory(own)))


def test_the_log_of_a_job_that_has_ended_becomes_its_file(database: Database, own: Settings) -> None:
    """And is gone a round later from where it grew; a third round finds nothing to do."""
    job = held(database)
    say(database, own, job, b"said\0\xff")
    assert 0 == filing.file_logs(database, own, NOW)
    end(database, job)

    assert 1 == filing.file_logs(database, own, NOW)
    assert {"console.log": FIRST + b"said\0\xff"} == filed(database, own, job)
    assert [(job.job_id, 1)] == growing(own)
    assert [1, 0] == [filing.file_logs(database, own, NOW) for _ in range(2)]
    assert [] == growing(own)
    assert {"console.log": FIRST + b"said\0\xff"} == filed(database, own, job)


def test_a_log_that_is_longer_than_logs_may_be_now_is_filed(database: Database, own: Settings) -> None:
    """Whole, and it keeps no other from it."""
    jobs = [held(database) for _ in range(2)]
    for job in jobs:
        say(database, own, job, b"x" * 600_000)
        end(database, job)

    assert 2 == filing.file_logs(database, own.model_copy(update={"log_max_bytes": 1000}), NOW)
    assert [{"console.log": FIRST + b"x" * 600_000}] * 2 == [filed(database, own, job) for job in jobs]


def test_bytes_that_somebody_took_away_are_missed(
    database: Database, own: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """The service says so, what follows stays where it is in the log, and the run goes on."""
    job = held(database)
    say(database, own, job, b"first")
    logs.forget(contents.directory(own), job.job_id, 1)
    say(database, own, job, b"second")

    assert f"{len(FIRST) + 5} bytes of the log of attempt 1 at job {job.job_id} are gone" in caplog.text
    text = logs.read(contents.directory(own), job.job_id, 1, 0, 1000)
    assert bytes(len(FIRST) + 5) + b"second" == text


def test_why_it_ended_is_in_the_file(database: Database, own: Settings) -> None:
    """As it is shown before."""
    job = held(database)
    say(database, own, job, b"said")
    end(database, job, reason="lost")
    filing.file_logs(database, own, NOW)

    assert filed(database, own, job)["console.log"].endswith(
        b"said\n== The run was lost: its worker was not heard of any more.\n"
    )


def test_what_nobody_knows_of_does_not_become_part_of_it(database: Database, own: Settings) -> None:
    """What a server that was killed left behind the end of a log, of this attempt or of an earlier one."""
    job = held(database)
    for attempt, machine in ((1, "w1"), (2, "w2")):
        say(database, own, job, b"known")
        size = rows(database, "SELECT log_size FROM build_jobs WHERE job_id = :id", id=job.job_id)[0].log_size
        logs.append(contents.directory(own), job.job_id, attempt, size, b"unknown")
        if machine == "w1":
            requeue(database, job)
            hand_over(database, job, machine="w2")
    end(database, job)
    filing.file_logs(database, own, NOW)

    assert {
        "console.attempt-1.log": FIRST + b"known",
        "console.log": b"# Run sent to worker: w2\nknown",
    } == filed(database, own, job)


def test_earlier_logs_keep_their_place(database: Database, own: Settings) -> None:
    """Whether the log of the attempt before was a file already when the next one began to speak, or not."""
    job = held(database)
    for attempt in (1, 2, 3):
        say(database, own, job, b"%d" % attempt)
        if attempt == 1:
            end(database, job)
            filing.file_logs(database, own, NOW)
        if attempt < 3:
            requeue(database, job)
            hand_over(database, job)
    filing.file_logs(database, own, NOW)
    assert ["console.attempt-1.log", "console.attempt-2.log"] == list(filed(database, own, job))
    end(database, job)
    for _ in range(2):
        filing.file_logs(database, own, NOW)

    expected = {f"console.attempt-{n}.log": FIRST + b"%d" % n for n in (1, 2)}
    assert {**expected, "console.log": FIRST + b"3"} == filed(database, own, job)
    assert [] == growing(own)


def test_the_log_of_a_job_that_waits_again_stays_until_it_is_known_whose_it_is(
    database: Database, own: Settings
) -> None:
    """It is the last one's if nobody takes the job any more."""
    job = held(database)
    say(database, own, job, b"said")
    requeue(database, job)
    assert 0 == filing.file_logs(database, own, NOW)
    end(database, job, reason="cancelled")
    filing.file_logs(database, own, NOW)

    assert FIRST + b"said\n== The run was cancelled.\n" == filed(database, own, job)["console.log"]


def test_the_log_of_a_job_that_is_gone_goes(database: Database, own: Settings) -> None:
    """Nobody can ask for it any more."""
    job = held(database)
    say(database, own, job, b"said")
    write(database, "DELETE FROM jobs WHERE id = :id", id=job.job_id)

    assert 1 == filing.file_logs(database, own, NOW)
    assert [] == growing(own)


@pytest.mark.parametrize("step", ["receive", "expect", "take", "add", "forget"])
def test_whoever_is_killed_at_any_step_is_followed_by_one_who_goes_on(
    database: Database, own: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Before or after each step: the file is there once, whole, and what was left behind goes in time."""
    for after in (False, True):
        job = held(database, f"{step}-{after}")
        say(database, own, job, b"said" * 1000)
        end(database, job)
        for _ in range(2):
            _killed(database, own, monkeypatch, step, after=after)
        for _ in range(2):
            filing.file_logs(database, own, NOW)

        assert {"console.log": FIRST + b"said" * 1000} == filed(database, own, job)
    old = (NOW - PATIENCE).timestamp() - 10
    incoming = list((contents.directory(own) / contents.INCOMING).glob("*"))
    for path in incoming:
        os.utime(path, (old, old))
    filing.file_logs(database, own, NOW)
    assert [] == [*growing(own), *(contents.directory(own) / contents.INCOMING).glob("*")]


class Killed(BaseException):
    """The end of a process."""


def _killed(database: Database, own: Settings, monkeypatch: pytest.MonkeyPatch, step: str, *, after: bool) -> None:
    """Begin a round that goes no further than to a step."""
    places = {"receive": contents, "expect": files, "take": contents, "add": files, "forget": logs}
    real = getattr(places[step], step)

    def die(*arguments: Any) -> None:
        if after:
            real(*arguments)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(places[step], step, die)
        patched.setattr(contents, "drop", lambda _: None)
        try:
            filing.file_logs(database, own, NOW)
        except Killed:
            return


def test_a_store_that_takes_nothing_is_asked_again(
    database: Database, own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log stays where it is, and is shown from there."""
    job = held(database)
    say(database, own, job, b"said")
    end(database, job)

    def refuse(*_: Any) -> None:
        raise Unavailable("full")

    with monkeypatch.context() as patched:
        patched.setattr(contents, "take", refuse)
        assert 0 == filing.file_logs(database, own, NOW)
    assert 1 == filing.file_logs(database, own, NOW)


def test_a_job_that_is_asked_for_again_meanwhile_is_looked_at_anew(
    database: Database, own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was its log when the round began is an earlier one by the time it is stored."""
    job = held(database)
    say(database, own, job, b"one")
    end(database, job)
    take = contents.take

    def slow(*arguments: Any) -> None:
        take(*arguments)
        requeue(database, job)
        hand_over(database, job)
        say(database, own, job, b"two")

    with monkeypatch.context() as patched:
        patched.setattr(contents, "take", slow)
        filing.file_logs(database, own, NOW)
    assert {} == filed(database, own, job)
    filing.file_logs(database, own, NOW)
    assert {"console.attempt-1.log": FIRST + b"one"} == filed(database, own, job)


def test_a_console_is_closed_with_a_line_of_its_own() -> None:
    """Whether or not the log ended with one; without a reason there is none."""
    assert b"" == consoles.closing(None, 5)
    assert b"== why\n" == consoles.closing("why", 0)
    assert b"\n== why\n" == consoles.closing("why", 5)
