"""Regressions are opened, extended and fixed as results come, in whatever order that is."""

from typing import Any

import orjson
import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.work import transact
from tests.analysis import boots
from tests.analysis.boots import Boot, regressions, short, tell
from tests.controllers.test_statements import counted
from tests.units import at, delete, events_of, rows

PASS, FAIL, SKIP = {"s/c": "pass"}, {"s/c": "fail"}, {"s/c": "skip"}


def one(database: Database) -> Any:
    """Return the only regression there is."""
    (found,) = regressions(database)
    return found


def test_a_failure_after_a_pass_opens_one(database: Database) -> None:
    """It says what was good, what was bad, with which kernels, and when."""
    tell(database, Boot("1", 10, PASS, kernel="v1"), Boot("2", 20, FAIL, kernel="v2"))

    found = one(database)
    assert ("open", "s", "c", "1", "2", "2", None, 1) == (
        *(found.state, found.suite, found.name, found.good, found.bad, found.last, found.fixed, found.n_failures),
    )
    assert ("v1", "c-v1", at(10), "v2", "c-v2", at(20)) == (
        *(found.good_kernel, found.good_commit, found.good_at, found.bad_kernel, found.bad_commit, found.bad_at),
    )


def test_what_still_fails_extends_it_and_what_passes_fixes_it(database: Database) -> None:
    """And the next failure opens another one."""
    told = [Boot(str(number), number, said) for number, said in enumerate((PASS, FAIL, FAIL, SKIP, FAIL, PASS, FAIL))]
    tell(database, *told)

    assert [("c", "0", "1", "4", "5", 3), ("c", "5", "6", "6", None, 1)] == short(database)
    assert ["fixed", "open"] == [found.state for found in regressions(database)]


@pytest.mark.parametrize(
    "told",
    [
        [FAIL, FAIL],
        [SKIP, FAIL],
        [PASS, SKIP, {"s/c": "error"}, {"s/c": "unknown"}],
        [{"lava/c": "pass"}, {"lava/c": "fail"}],
        [PASS, {}],
        [PASS, {"s/d": "fail"}],
        [PASS, {"t/c": "fail"}],
    ],
)
def test_what_never_passed_has_not_regressed(database: Database, told: list[dict[str, str]]) -> None:
    """Nor has what only was not run, nor a step of the lab itself."""
    tell(database, *(Boot(str(number), number, said) for number, said in enumerate(told)))

    assert [] == regressions(database)


@pytest.mark.parametrize("facet", boots.PLACE)
def test_lineages_are_told_apart_by_each_facet(database: Database, facet: str) -> None:
    """A pass here and a failure elsewhere are no regression."""
    tell(database, Boot("1", 1, PASS), Boot("2", 2, FAIL, place={facet: "another"}))

    assert [] == regressions(database)


def test_boots_count_too(database: Database) -> None:
    """A board that does not boot any more is a regression of the path ``boot``; one that was offline is none."""
    tell(database, Boot("1", 1, boot="pass"), Boot("2", 2, boot="offline"), Boot("3", 3, boot="fail"))

    assert [("boot", "1", "3", "3", None, 1)] == short(database)
    assert "" == one(database).suite


def test_a_dead_job_has_no_results(database: Database) -> None:
    """What ended it was none of its tests."""
    tell(database, Boot("1", 1, PASS, boot="pass"), Boot("2", 2, FAIL, boot="fail", status="dead"))

    assert [] == regressions(database)


def test_a_suite_is_the_same_whatever_number_lava_gives_it(database: Database) -> None:
    """``0_dmesg`` and ``1_dmesg`` are ``dmesg``; several cases of a name pass when all of them do."""
    tell(database, Boot("1", 1, {"0_dmesg/alert": "pass"}))
    tell(database, Boot("2", 2, {"1_dmesg/alert": "pass", "2_dmesg/alert": "fail"}))

    assert ("dmesg", "alert", "open") == (one(database).suite, one(database).name, one(database).state)


def test_events_tell_of_each(database: Database) -> None:
    """Opened and fixed are told on the channel ``regression``, with the lineage; still failing is nothing new."""
    tell(database, *(Boot(str(number), number, said) for number, said in enumerate((PASS, FAIL, FAIL, PASS))))

    events = events_of(database, "regression")
    assert ["regression.opened", "regression.fixed"] == [event.type for event in events]
    assert {f"regressions/{one(database).id}"} == {event.subject for event in events}
    assert ("s/c", "v0", "v1", "v3", "rock") == (
        *(orjson.loads(events[1].data)[name] for name in ("path", "good", "bad", "fixed", "board")),
    )


def test_a_late_result_moves_the_beginning_and_keeps_what_people_say(database: Database) -> None:
    """The same regression begins earlier then, and is not opened again."""
    tell(database, Boot("1", 1, PASS), Boot("3", 3, FAIL))
    before = one(database)
    transact(database, lambda s: s.execute(text("UPDATE regressions SET owner = 'kim', note = 'n', issue = 'i'")))

    tell(database, Boot("2", 2, FAIL))

    assert [("c", "1", "2", "3", None, 2)] == short(database)
    assert (before.id, "kim", "n", "i") == (
        one(database).id,
        one(database).owner,
        one(database).note,
        one(database).issue,
    )
    assert 1 == len(events_of(database, "regression"))


def test_a_late_pass_splits_a_regression(database: Database) -> None:
    """The first of the two is the one that was there."""
    tell(database, *(Boot(str(number), number, said) for number, said in ((1, PASS), (2, FAIL), (4, FAIL), (5, FAIL))))
    (before,) = regressions(database)

    tell(database, Boot("3", 3, PASS))

    assert [("c", "1", "2", "2", "3", 1), ("c", "3", "4", "5", None, 2)] == short(database)
    assert before.id == regressions(database)[0].id
    told = [event.type for event in events_of(database, "regression")]
    assert ["regression.opened", "regression.fixed", "regression.opened"] == told


def test_a_result_that_is_replaced_is_taken_back(database: Database) -> None:
    """A failure that turns out to be none leaves no regression; a pass that is none leaves one that was never fixed."""
    tell(database, Boot("1", 1, PASS), Boot("2", 2, FAIL), Boot("2", 2, PASS))
    assert [] == regressions(database)
    assert "regression.withdrawn" == events_of(database, "regression")[-1].type

    tell(database, Boot("3", 3, FAIL), Boot("4", 4, PASS), Boot("4", 4, FAIL))
    assert [("c", "2", "3", "4", None, 2)] == short(database)
    assert ["regression.fixed", "regression.opened"] == [e.type for e in events_of(database, "regression")[-2:]]


def test_a_job_that_turns_out_to_be_of_another_lineage_leaves_its_own(database: Database) -> None:
    """What it did in the first is undone, and done in the other."""
    tell(database, Boot("1", 1, PASS), Boot("2", 1, PASS, place={"board": "pine"}), Boot("3", 3, FAIL))

    tell(database, Boot("3", 3, FAIL, place={"board": "pine"}))

    assert [("c", "2", "3", "3", None, 1)] == short(database)
    assert "pine" == one(database).board


def test_a_job_that_goes_takes_its_marks_and_no_regression(database: Database) -> None:
    """What was found out stays, and later results go on from there."""
    tell(database, Boot("1", 1, PASS), Boot("2", 2, FAIL), Boot("3", 3, FAIL))
    delete(database, "r", "2")
    delete(database, "r", "3")
    assert [(1,)] == [(row.n,) for row in rows(database, "SELECT count(*) AS n FROM marks")]

    tell(database, Boot("4", 4, FAIL))

    assert [("c", "1", None, "4", None, 3)] == short(database)


@pytest.mark.parametrize("late", [False, True])
def test_many_cases_take_as_few_statements_as_one(database: Database, late: bool) -> None:
    """In order or behind, whatever comes of them."""
    counts = []
    for board, many in (("rock", 2), ("pine", 400)):
        place = {"board": board}
        every = {f"s/{n}": "pass" for n in range(many)}
        tell(database, *(Boot(f"{board}{n}", n, every, place=place) for n in (1, 5)))
        mixed = {path: "fail" if number % 2 else "pass" for number, path in enumerate(every)}
        with counted() as statements:
            tell(database, Boot(f"{board}0", 3 if late else 9, mixed, place=place))
        counts.append(sum("tests" not in each or "paths" in each for each in statements))

    assert counts[0] == counts[1]
