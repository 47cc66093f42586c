"""Checkouts, builds and tests of KCIDB in the archive: the same rows, in whatever order they come."""

import random

import pytest

from paddles.archive import runs
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.ingest import facts
from paddles.settings import Settings
from paddles.sweep import documents, tasks
from tests.conftest import NOW
from tests.controllers.test_statements import counted
from tests.ingest.kcidb_units import (
    BUILD,
    BUILD_KEY,
    CHECKOUT,
    RUN,
    TEST,
    TESTS_KEY,
    document,
    load,
    many,
    reason_of,
    snapshot,
    submit,
    thing,
)
from tests.units import events_of, inexact, job_of, rows, run_of
from tests.units import submit as post

LATE = NOW.replace(year=2030)
WHOLE = document(checkouts=[CHECKOUT], builds=[BUILD], tests=[TEST])
CASES = "SELECT cases.name, cases.status FROM cases ORDER BY cases.id"


def statuses(database: Database) -> dict[str, str]:
    """Return the status of each job by its key."""
    return {row.key: row.status for row in rows(database, "SELECT key, status FROM jobs")}


def test_a_checkout_is_a_run_of_builds_and_tests(database: Database, settings: Settings) -> None:
    """With all that is known, in the columns by which jobs are looked for."""
    load(database, settings, WHOLE)

    run = run_of(database, RUN)
    build, tests = job_of(database, RUN, BUILD_KEY), job_of(database, RUN, TESTS_KEY)
    assert ("mainline", "master", "finished pass", 2) == (run.suite, run.branch, run.status, run.n_pass)
    assert ("outside", "pass", "f" * 40, "arm64/defconfig/gcc-12") == (
        build.kind,
        build.status,
        build.sha1,
        build.flavor,
    )
    assert ("outside", "pass", "o", "master") == (tests.kind, tests.status, tests.username, tests.branch)
    assert [("syscalls.abs", "pass")] == [tuple(row) for row in rows(database, CASES)]
    assert [("ltp", "kcidb", "pass")] == [tuple(r) for r in rows(database, "SELECT name, context, status FROM tests")]
    assert [] == inexact(database)


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_documents_does_not_matter(database: Database, settings: Settings, seed: int) -> None:
    """One thing a document, in any order and some of them twice: the archive is the same in the end."""
    things = many()
    whole = document(**{kind: [said for k, said in things if k == kind] for kind in ("checkouts", "builds", "tests")})
    load(database, settings, whole)
    wanted = snapshot(database)
    assert 2 == len(wanted["runs"])
    for name in ("o:c0", "o:c1"):
        transact(database, lambda session, name=name: runs.delete(session, f"kcidb:{name}"))  # type: ignore[misc]

    dice = random.Random(seed)
    shuffled = [*things, *dice.sample(things, 8)]
    dice.shuffle(shuffled)
    while shuffled:
        some = [shuffled.pop() for _ in range(min(len(shuffled), dice.randint(1, 3)))]
        load(database, settings, document(**{kind: [s for k, s in some if k == kind] for kind, _ in some}))

    assert wanted == snapshot(database)
    assert [] == inexact(database)


def test_a_test_waits_for_its_build_and_a_build_for_nothing(database: Database, settings: Settings) -> None:
    """Without its build nobody knows which run a test is of; what its checkout says comes later, into the same job."""
    load(database, settings, thing("tests"))
    assert {} == statuses(database)

    load(database, settings, thing("builds"))
    assert {BUILD_KEY: "pass", TESTS_KEY: "pass"} == statuses(database)
    assert ("", None) == (run_of(database, RUN).branch, job_of(database, RUN, TESTS_KEY).sha1)

    load(database, settings, thing("checkouts"))
    assert ("master", "f" * 40) == (run_of(database, RUN).branch, job_of(database, RUN, TESTS_KEY).sha1)


def test_what_is_said_again_changes_nothing(database: Database, settings: Settings) -> None:
    """Not a row is written, and nothing is told."""
    load(database, settings, WHOLE)
    before = [job_of(database, RUN, key).version for key in (BUILD_KEY, TESTS_KEY)]
    events, cases = len(events_of(database, "job")), rows(database, "SELECT id FROM cases")

    load(database, settings, WHOLE, thing("tests"), thing("builds"))

    assert before == [job_of(database, RUN, key).version for key in (BUILD_KEY, TESTS_KEY)]
    assert (events, cases) == (len(events_of(database, "job")), rows(database, "SELECT id FROM cases"))


@pytest.mark.parametrize(
    ("first", "then", "status"),
    [
        ("PASS", "FAIL", "fail"),
        ("FAIL", "PASS", "pass"),
        ("PASS", "ERROR", "dead"),
        ("MISS", "PASS", "pass"),
        ("ERROR", "FAIL", "fail"),
        (None, "PASS", "pass"),
        ("SKIP", "DONE", "pass"),
    ],
)
def test_a_status_may_follow_on_any_other(
    database: Database, settings: Settings, first: str | None, then: str, status: str
) -> None:
    """What comes later counts; what later says nothing of it leaves it."""
    load(database, settings, thing("checkouts"), thing("builds", status=first), thing("builds", status=then))
    load(database, settings, thing("builds", status=None, comment="x"))

    assert {BUILD_KEY: status} == statuses(database)
    assert (1, 0) == (getattr(run_of(database, RUN), f"n_{status}"), run_of(database, RUN).n_running)
    assert [] == inexact(database)


def test_a_build_without_a_status_runs_for_as_long_as_it_takes(database: Database, settings: Settings) -> None:
    """No silence of ours ends it: it is not ours to execute."""
    load(database, settings, thing("builds", status=None))

    for task in (tasks.expire_running, tasks.expire_queued):
        assert 0 == transact(database, lambda session, t=task: t(session, LATE, 100, settings))  # type: ignore[misc]
    assert {BUILD_KEY: "running"} == statuses(database)


@pytest.mark.parametrize(
    ("said", "case", "job"),
    [
        ("PASS", "pass", "pass"),
        ("FAIL", "fail", "fail"),
        ("ERROR", "error", "dead"),
        ("MISS", "error", "dead"),
        ("SKIP", "skip", "pass"),
        ("DONE", "unknown", "unknown"),
        (None, "unknown", "unknown"),
    ],
)
def test_the_cases_make_the_status_of_their_job(
    database: Database, settings: Settings, said: str | None, case: str, job: str
) -> None:
    """The gravest of them, but for those that are waived."""
    load(database, settings, thing("builds"), thing("tests", status=said))
    assert (case, job) == (rows(database, CASES)[0].status, statuses(database)[TESTS_KEY])

    load(database, settings, thing("tests", id="o:t2", status="PASS"))
    assert {"unknown": "pass"}.get(job, job) == statuses(database)[TESTS_KEY]


@pytest.mark.parametrize("status", ["FAIL", "ERROR"])
def test_what_is_waived_does_no_harm(database: Database, settings: Settings, status: str) -> None:
    """Its case says how it ended all the same."""
    load(database, settings, thing("builds"), thing("tests", status=status, waived=True))

    assert (status.lower(), "pass") == (rows(database, CASES)[0].status, statuses(database)[TESTS_KEY])


def test_a_test_that_changes_is_replaced(database: Database, settings: Settings) -> None:
    """Its status, its path and so its suite; the others of its job stay as they are."""
    other = {**TEST, "id": "o:t2", "path": "boot"}
    load(database, settings, thing("builds"), document(tests=[TEST, other]))
    boot = rows(database, "SELECT id FROM tests WHERE name = 'boot'")

    load(database, settings, thing("tests", status="FAIL"))
    assert [("boot", "pass"), ("syscalls.abs", "fail")] == sorted(tuple(row) for row in rows(database, CASES))
    load(database, settings, thing("tests", path="kunit.x", status="FAIL"))

    names = "SELECT name FROM tests ORDER BY name"
    assert [("boot",), ("kunit",)] == [tuple(row) for row in rows(database, names)]
    assert boot == rows(database, "SELECT id FROM tests WHERE name = 'boot'")
    assert "fail" == statuses(database)[TESTS_KEY]


def test_a_test_that_turns_out_to_have_run_elsewhere_moves(database: Database, settings: Settings) -> None:
    """A job out of which all went is gone; where others stay it is counted again."""
    other = {**TEST, "id": "o:t2", "status": "FAIL"}
    load(database, settings, WHOLE, document(tests=[other]))
    assert "fail" == statuses(database)[TESTS_KEY]

    elsewhere = {"environment": {"misc": {"platform": "rpi"}}}
    load(database, settings, thing("tests", id="o:t2", status="FAIL", **elsewhere))
    assert {BUILD_KEY: "pass", TESTS_KEY: "pass", "tests:o:b1::rpi": "fail"} == statuses(database)

    load(database, settings, thing("tests", **elsewhere))
    assert {BUILD_KEY: "pass", "tests:o:b1::rpi": "fail"} == statuses(database)
    assert [] == inexact(database)


def test_a_build_of_another_checkout_takes_its_tests_along(database: Database, settings: Settings) -> None:
    """Into the other run; the first one is left empty."""
    load(database, settings, WHOLE, thing("builds", checkout_id="o:c2"))

    found = rows(
        database, "SELECT runs.name, count(jobs.id) AS n FROM runs LEFT JOIN jobs ON run_id = runs.id GROUP BY 1"
    )
    assert {RUN: 0, "kcidb:o:c2": 2} == {row.name: row.n for row in found}
    assert "empty" == run_of(database, RUN).status
    assert [("syscalls.abs", "pass")] == [tuple(row) for row in rows(database, CASES)]


def test_a_case_says_what_its_test_says(database: Database, settings: Settings) -> None:
    """Output, duration, measurement; a test without a path has a name all the same."""
    more = {"log_excerpt": "line\0", "duration": 1.5, "number": {"value": 2.5, "unit": "MB/s", "prefix": "metric"}}
    load(database, settings, thing("builds"), thing("tests", **more), thing("tests", id="o:t2", path=None))

    said = "SELECT tests.name, cases.name AS c, output, measurement, units, cases.duration_s FROM cases JOIN tests"
    found = rows(database, f"{said} ON tests.id = test_id ORDER BY tests.name")
    assert [
        ("(unnamed)", "(unnamed)", "", None, "", None),
        ("ltp", "syscalls.abs", "line\ufffd", 2.5, "MB/s", 1.5),
    ] == [tuple(row) for row in found]


@pytest.mark.parametrize("text", ["'; DROP TABLE runs; --", "<script>", "../../x", "%s%n", "é\u202e", "x" * 490])
def test_names_are_nothing_but_text(database: Database, settings: Settings, text: str) -> None:
    """Whatever ids, paths and places say; long ones are told apart by a digest."""
    ids = {"id": f"o:{text}", "checkout_id": f"o:{text}"}
    tests = [
        {**TEST, "id": f"o:{text}{n}", "build_id": ids["id"], "path": f"{text}.{n}", "misc": {"board": text}}
        for n in range(2)
    ]
    load(
        database, settings, document(checkouts=[{**CHECKOUT, "id": ids["id"]}], builds=[{**BUILD, **ids}], tests=tests)
    )

    assert 2 == len(statuses(database))
    assert 2 == len(rows(database, CASES))
    assert [] == inexact(database)


def test_a_name_that_somebody_else_uses_is_left_to_him(database: Database, settings: Settings) -> None:
    """A job that was posted in the results' own words stays as it is."""
    post(database, RUN, BUILD_KEY, status="queued", queue="q")

    load(database, settings, WHOLE)

    assert {BUILD_KEY: "queued", TESTS_KEY: "pass"} == statuses(database)


def test_too_many_tests_of_one_job_are_refused(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document fails and says so; what was loaded before stays, and other jobs are loaded."""
    monkeypatch.setattr(facts, "MOST_CASES", 2)
    load(database, settings, WHOLE)
    tests = [{**TEST, "id": f"o:t{n}"} for n in range(2, 5)]
    elsewhere = {**TEST, "id": "o:t9", "environment": None}

    name = submit(database, settings, document(tests=[*tests, elsewhere]))
    documents.read(database, settings, NOW)

    assert "at most 2 cases" in reason_of(database, name)
    assert {BUILD_KEY: "pass", TESTS_KEY: "pass", "tests:o:b1::": "pass"} == statuses(database)
    assert 2 == len(rows(database, CASES))


def test_many_tests_take_as_few_statements_as_one(database: Database, settings: Settings) -> None:
    """Of one job: a thousand of them are no more units and statements than one."""
    load(database, settings, WHOLE)
    counts = []
    for number, many_ in enumerate((1, 900)):
        build = f"o:n{number}"
        load(database, settings, thing("builds", id=build))
        tests = [{**TEST, "id": f"o:{number}-{n}", "path": f"s.{n}", "build_id": build} for n in range(many_)]
        submit(database, settings, document(tests=tests))
        with counted() as statements:
            documents.read(database, settings, NOW)
        counts.append(len(statements))

    assert counts[0] == counts[1]
