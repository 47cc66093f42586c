"""Flips and regressions are compared with the results that are stored, and repaired: ``pecan recount``."""

import random

import pytest
from sqlalchemy import text

from paddles.analysis import recount
from paddles.commands import repairs
from paddles.commands.command import Progress
from paddles.db.engine import Database
from paddles.db.work import read, transact
from tests.analysis.boots import Boot, regressions, short, tell
from tests.analysis.test_orders import drawn, found, misflipped, modelled
from tests.concurrency.threads import together
from tests.units import delete, events_of, rows

PASS, FAIL = {"s/c": "pass"}, {"s/c": "fail"}
# What is done behind everybody's back to one row of those that fit, the first by the order that is drawn.
DAMAGES = (
    "DELETE FROM marks WHERE (job_id, path_id) IN (SELECT job_id, path_id FROM marks ORDER BY {lot} LIMIT 1)",
    "DELETE FROM marks WHERE job_id IN (SELECT job_id FROM marks ORDER BY {lot} LIMIT 1)",
    "UPDATE marks SET status = CASE status WHEN 'pass' THEN 'fail' ELSE 'pass' END"
    " WHERE (job_id, path_id) IN (SELECT job_id, path_id FROM marks ORDER BY {lot} LIMIT 1)",
    "UPDATE marks SET happened = happened + interval '40 seconds'"
    " WHERE job_id IN (SELECT job_id FROM marks ORDER BY {lot} LIMIT 1)",
    "UPDATE marks SET lineage_id = (SELECT max(id) FROM lineages)"
    " WHERE job_id IN (SELECT job_id FROM marks ORDER BY {lot} LIMIT 1)",
    "UPDATE cases SET status = CASE status WHEN 'pass' THEN 'fail' ELSE 'pass' END"
    " WHERE id IN (SELECT id FROM cases WHERE status IN ('pass', 'fail') ORDER BY {lot} LIMIT 1)",
    "DELETE FROM regressions WHERE id IN (SELECT id FROM regressions ORDER BY {lot} LIMIT 1)",
    "UPDATE regressions SET state = 'open', fixed_at = NULL, fixed_job_id = NULL, fixed_kernel = ''"
    " WHERE id IN (SELECT max(id) FROM regressions WHERE state = 'fixed')"
    " AND NOT EXISTS (SELECT FROM regressions WHERE state = 'open')",
    "UPDATE regressions SET n_failures = 0 WHERE id IN (SELECT id FROM regressions ORDER BY {lot} LIMIT 1)",
    "UPDATE regressions SET last_at = bad_at, last_job_id = bad_job_id, bad_job_id = last_job_id, bad_at = last_at"
    " WHERE id IN (SELECT id FROM regressions WHERE n_failures > 1 ORDER BY {lot} LIMIT 1)",
    "UPDATE lineages SET latest = NULL, latest_job_id = NULL",
)


def recounted(database: Database, *, check: bool = False) -> int:
    """Compare everything and return how much of it was wrong."""
    with Progress("", 0) as progress:
        stretch = repairs.Stretch(0, 2**62, 0)
        jobs = repairs.results(database, stretch, progress, check=check)
        return jobs + repairs.regressions(database, progress, check=check)


def damage(database: Database, statement: str) -> None:
    """Change the database behind everybody's back."""
    transact(database, lambda session: session.execute(text(statement)))


@pytest.mark.parametrize("seed", range(8))
def test_what_is_right_is_left_alone(database: Database, seed: int) -> None:
    """Whatever order results came in, and whichever jobs are gone since then: nothing is wrong with it."""
    chance = random.Random(seed)
    told = drawn(chance)
    for _ in range(3):
        tell(database, *told)
        assert 0 == recounted(database, check=True)
        keys = [row.key for row in rows(database, "SELECT key FROM jobs ORDER BY id")]
        for key in chance.sample(keys, 4):
            delete(database, "r", key)
            assert 0 == recounted(database, check=True)
        told = [boot for boot in drawn(chance) if chance.random() < 0.5]


@pytest.mark.parametrize("seed", range(12))
def test_what_is_wrong_is_repaired(database: Database, seed: int) -> None:
    """Whatever was damaged, it is as a plain model of the stored results says afterwards, and right the next time."""
    chance = random.Random(seed)
    told = drawn(chance)
    tell(database, *told)

    damages = chance.sample(DAMAGES, 5)
    for damaged in damages:
        damage(database, damaged.format(lot=f"md5('{seed}' || CAST(ctid AS text))"))
    stored = rows(database, "SELECT jobs.key, tests.name || '/' || cases.name AS path, cases.status FROM cases"
                  " JOIN tests ON tests.id = test_id JOIN jobs ON jobs.id = tests.job_id")  # fmt: skip
    recounted(database)

    final = {boot.key: boot for boot in told}
    results: dict[str, dict[str, str]] = {}
    for row in stored:
        results.setdefault(row.key, {})[row.path] = row.status
    said = [Boot(b.key, b.seconds, results.get(b.key, {}), place=b.place) for b in final.values()]
    right, now = ({row[:-1]: row[-1] for row in each} for each in (modelled(said), found(database)))
    assert right.keys() == now.keys()
    # Failures that are not there any more are never taken back: their jobs may be gone.
    assert all(now[each] >= n_failures for each, n_failures in right.items())
    # A result and its mark that were turned alike agree: what a pass behind such a failure did before nobody can tell.
    untold = ("pass",) if {DAMAGES[2], DAMAGES[5]} <= set(damages) else ()
    assert all(row.status in untold for row in misflipped(database))
    assert 0 == recounted(database, check=True)


def test_what_people_said_stays(database: Database) -> None:
    """A regression that is told of otherwise is still that one."""
    tell(database, *(Boot(str(number), number, said) for number, said in enumerate((PASS, FAIL, FAIL))))
    damage(database, "UPDATE regressions SET owner = 'kim', n_failures = 1, last_job_id = bad_job_id, last_at = bad_at")

    assert 1 == recounted(database)

    assert [("c", "0", "1", "2", None, 2)] == short(database)
    assert ["kim"] == [row.owner for row in regressions(database)]


def test_events_tell_of_repairs(database: Database) -> None:
    """A regression that was missing is opened, one that is none is withdrawn."""
    tell(database, Boot("1", 1, PASS), Boot("2", 2, FAIL))
    damage(database, "DELETE FROM regressions")
    assert 1 == recounted(database)
    damage(database, "UPDATE cases SET status = 'pass'")
    assert 1 == recounted(database)

    told = [event.type for event in events_of(database, "regression")]
    assert ["regression.opened", "regression.opened", "regression.withdrawn"] == told


def test_more_than_a_page(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that end in the middle of a path change nothing."""
    monkeypatch.setattr(recount, "BATCH", 3)
    every = {f"s/{number}": "pass" for number in range(3)}
    tell(
        database, *(Boot(str(n), n, {**every, "s/0": said}) for n, said in enumerate(("pass", "fail", "pass", "fail")))
    )
    assert 0 == recounted(database, check=True)

    damage(database, "DELETE FROM regressions WHERE state = 'open'")
    damage(database, "UPDATE marks SET flip = true FROM paths WHERE paths.id = path_id AND name = '2'")

    assert 2 == recounted(database)
    assert 0 == recounted(database)


def test_results_that_come_meanwhile(database: Database) -> None:
    """Whoever looks while results come in from several sees nothing wrong with them, and breaks nothing."""
    chance = random.Random(1)
    told = [boot for _ in range(2) for boot in drawn(chance)]
    shares = [[boot for boot in told if int(boot.key) % 3 == number] for number in range(3)]

    def work(number: int) -> int:
        if number == 3:
            return sum(recounted(database) for _ in range(10))
        tell(database, *shares[number])
        return 0

    assert [0] * 4 == together(4, work)
    assert modelled([boot for share in shares for boot in share]) == found(database)


def test_what_is_gone_meanwhile_is_no_trouble(database: Database) -> None:
    """A job, or a lineage, that nobody knows is not repaired."""
    assert not transact(database, lambda session: recount.judge(session, "r", "1"))
    assert transact(database, lambda session: recount.repair(session, 7, 7, check=False)) is None
    assert [] == read(database, lambda session: recount.unjudged(session, 0, 9))
