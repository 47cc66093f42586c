"""Failures that are known: by a pattern or by their group, for as long as that is so, and at a bounded cost."""

from typing import Any

import orjson
import pytest

from paddles.archive import links
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import Conflict, Invalid, NotFound
from paddles.notes import known
from paddles.notes.known import Issue, Known
from tests.archive.test_failures import fail
from tests.conftest import NOW
from tests.controllers.test_statements import counted
from tests.units import events_of, job_of

URL = "https://tracker.example/1"


def add(database: Database, title: str = "osd dies", **said: Any) -> int:
    """Make failures known, as ann."""
    return transact(database, lambda s: known.add(s, Issue(title, **said), "ann", NOW))


def end(database: Database, number: int, by: str = "bob") -> None:
    """Have an issue explain nothing any more."""
    transact(database, lambda s: known.end(s, number, by, NOW))


def group(database: Database, reason: str, key: str = "1") -> int:
    """Return the number of the group that a reason makes."""
    fail(database, "r", key, reason)
    return int(job_of(database, key=key).failure_id)


def titles(found: Known, number: int | None) -> list[str]:
    """Return what explains a group."""
    return [issue.title for issue in found.of(number)]


def test_a_pattern_and_a_group_explain_failures(database: Database) -> None:
    """Each as far as it reaches, several together, in one statement; other failures are not known."""
    crash, other, timeout = (
        group(database, reason, str(key))
        for key, reason in enumerate(("osd.1 crashed on smithi001", "mon.a crashed", "timeout after 30s"))
    )
    add(database, pattern="(?i)OSD.N CRASHED")
    add(database, "any crash", pattern="crashed", url=URL)
    add(database, "slow", failure=links.group(timeout))

    with counted() as statements:
        found = read(database, lambda s: known.matching(s, [crash, other, timeout, None]))

    assert 1 == len(statements)
    assert found.whole
    assert [["osd dies", "any crash"], ["any crash"], ["slow"], []] == [
        titles(found, number) for number in (crash, other, timeout, None)
    ]
    assert URL == found.of(other)[0].url


def test_nothing_is_asked_where_nothing_failed(database: Database) -> None:
    """No group, no statement."""
    with counted() as statements:
        assert Known({}) == read(database, lambda s: known.matching(s, [None]))
    assert [] == statements


def test_what_is_known_changes_no_status(database: Database) -> None:
    """The job has failed all the same."""
    number = group(database, "osd.1 crashed")
    add(database, failure=links.group(number))

    assert "fail" == job_of(database).status


def test_an_ended_issue_explains_nothing(database: Database) -> None:
    """It stays in the list, with who has ended it; who comes second is told."""
    number = group(database, "osd.1 crashed")
    issue, other = add(database, pattern="crashed"), add(database, "other", pattern="mon")
    end(database, issue)

    assert [] == titles(read(database, lambda s: known.matching(s, [number])), number)
    assert [other] == [row.id for row in read(database, lambda s: known.listed(s, 10, 0))]
    listed = read(database, lambda s: known.listed(s, 10, 0, ended=True))
    assert [(other, ""), (issue, "bob")] == [(row.id, row.ended_by) for row in listed]
    with pytest.raises(Conflict, match="ended already, by bob"):
        end(database, issue, "eve")


def test_who_did_it_is_in_the_log(database: Database) -> None:
    """One event each."""
    number = add(database, pattern="crashed")
    end(database, number)

    said = {"known_issue": number, "title": "osd dies"}
    assert [
        ("known-issue.added", f"known-issues/{number}", {**said, "by": "ann"}),
        ("known-issue.ended", f"known-issues/{number}", {**said, "by": "bob"}),
    ] == [(event.type, event.subject, orjson.loads(event.data)) for event in events_of(database, known.CHANNEL)]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"title": "", "pattern": "a"},
        {"title": "a\nb", "pattern": "a"},
        {"title": "x" * 201, "pattern": "a"},
        {"pattern": "a", "failure": "0" * 16},
        {"pattern": "a", "url": "javascript:alert(1)"},
        {"pattern": "x" * 501},
        *({"pattern": each} for each in ("(", "[a", "a{2,1}", "*", "a\0b", "(a)\\1", "((a{255}){255}){255}")),
        *({"pattern": each} for each in ("", ".*", "a*", "^", "$", "a|", "(?:)")),
    ],
)
def test_what_cannot_be_an_issue_is_refused(database: Database, said: dict[str, str]) -> None:
    """No title, nothing or two things bound, no pattern, or one that is found in everything."""
    with pytest.raises(Invalid):
        add(database, **said)
    assert [] == read(database, lambda s: list(known.listed(s, 10, 0, ended=True)))


def test_what_is_not_there_is_not_found(database: Database) -> None:
    """A group that nothing belongs to, and an issue that nobody made."""
    for failure in ("0" * 16, "x"):
        with pytest.raises(NotFound):
            add(database, failure=failure)
    for number in (1, 2**64):
        with pytest.raises(NotFound):
            end(database, number)


def test_a_pattern_is_tried_before_it_is_kept(database: Database) -> None:
    """In how many kinds of failures it is found."""
    for key, reason in enumerate(("osd.1 crashed", "mon.a crashed", "timeout")):
        group(database, reason, str(key))

    assert [2, 0] == [read(database, lambda s, p=p: known.tried(s, p)) for p in ("crashed", "nothing")]  # type: ignore[misc]


def test_costly_patterns_do_not_hold_up_a_page(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes too long is given up, and said to be so: the page is shown without it."""
    number = group(database, "x" * 290)
    add(database, pattern="(x+x+)+y")
    assert read(database, lambda s: known.matching(s, [number])).whole

    monkeypatch.setattr(known, "SHOWN_S", 0.001)
    for each in range(60):
        add(database, pattern=f"(x|xx|xxx){{1,40}}{each}")
    found = read(database, lambda s: known.matching(s, [number]))
    assert Known({}, whole=False) == found


def test_there_are_as_many_as_are_looked_for(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is refused until some have ended."""
    monkeypatch.setattr(known, "MOST", 2)
    first = add(database, pattern="a")
    add(database, pattern="b")
    with pytest.raises(Conflict, match="end some first"):
        add(database, pattern="c")
    end(database, first)
    add(database, pattern="c")
