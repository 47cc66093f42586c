"""Failures that are known: bound to an issue by a regular expression or by their group, and told so where they show.

What is known is looked up when failures are shown and changes nothing of them: not the status of a job, nor a count.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from paddles.archive import links
from paddles.db import limits
from paddles.db.session import Session
from paddles.errors import Conflict, Invalid, NotFound
from paddles.events import log
from paddles.notes import checks, subjects
from paddles.notes.models import LONGEST_LINE, LONGEST_PATTERN, LONGEST_URL
from paddles.notes.notes import LARGEST_ID
from paddles.notes.subjects import Subject

CHANNEL = "known-issue"
# How long it may take to find a pattern in all that is known to have failed, and all patterns in what is shown.
TRIED_S, SHOWN_S = 5.0, 0.5
# So many issues are looked for at a time, and so many kinds of failures are counted of a new pattern.
MOST, MOST_COUNTED = 100, 10_000
# What stands for more than itself in a pattern; one without any is looked for as it is, which costs much less.
SPECIAL = ".^$*+?()[]{}|\\"

# Everything holds nothing: a pattern that is found there says nothing of a failure.
TRY = text(f"""
    SELECT '' ~ :pattern AS blank,
        (SELECT count(*) FROM (
            SELECT FROM failures WHERE text ~ :pattern LIMIT {MOST_COUNTED + 1}) AS found) AS groups
""")
COUNT = text("SELECT count(*) FROM known_issues WHERE ended IS NULL")
ADD = text("""
    INSERT INTO known_issues (title, url, pattern, failure_id, author, at)
    VALUES (:title, :url, :pattern, :failure_id, :author, :at) RETURNING id
""")
END = text("""
    UPDATE known_issues SET ended = :now, ended_by = :by WHERE id = :id AND ended IS NULL RETURNING title
""")
_COLUMNS = """
    known.id, known.title, known.url, known.pattern, known.failure_id, failures.text AS failure,
    known.author, known.at, known.ended, known.ended_by
"""
ONE = text(f"""
    SELECT {_COLUMNS} FROM known_issues AS known LEFT JOIN failures ON failures.id = known.failure_id
    WHERE known.id = :id
""")
LIST = text(f"""
    SELECT {_COLUMNS} FROM known_issues AS known LEFT JOIN failures ON failures.id = known.failure_id
    WHERE :ended OR known.ended IS NULL ORDER BY known.ended IS NOT NULL, known.at DESC, known.id DESC
    LIMIT :limit OFFSET :offset
""")
# Issue by issue, so that each pattern is compiled once: OFFSET keeps the planner from turning this round.
MATCHING = text(rf"""
    WITH shown AS MATERIALIZED (SELECT id, text FROM failures WHERE id = ANY (CAST(:ids AS bigint[])))
    SELECT found.id AS failure_id, known.id, known.title, known.url
    FROM (
        SELECT id, title, url, pattern, failure_id, translate(pattern, '{SPECIAL}', '') = pattern AS plain
        FROM known_issues WHERE ended IS NULL ORDER BY id LIMIT :most) AS known
    CROSS JOIN LATERAL (
        SELECT shown.id FROM shown
        WHERE CASE WHEN known.pattern = '' THEN shown.id = known.failure_id
            WHEN known.plain THEN strpos(shown.text, known.pattern) > 0
            ELSE shown.text ~ known.pattern END OFFSET 0) AS found
    ORDER BY known.id
""")


@dataclass(frozen=True)
class Issue:
    """An issue that explains failures: a title, where it has one an address, and a ``pattern`` or a ``failure``."""

    title: str
    url: str = ""
    pattern: str = ""
    failure: str = ""


@dataclass(frozen=True)
class Known:
    """Which issues explain failures, by the number of the group; not ``whole`` where that took too long to find out."""

    issues: Mapping[int, Sequence[Row[Any]]]
    whole: bool = True

    def of(self, failure_id: int | None) -> Sequence[Row[Any]]:
        """Return the issues of a group: ``id``, ``title`` and ``url``."""
        return self.issues.get(failure_id, ()) if failure_id is not None else ()


def add(session: Session, issue: Issue, by: str, now: datetime.datetime) -> int:
    """Make failures known by an issue and return its number.

    Raises:
        NotFound: nothing failed like the group that is named.
        Invalid: the title is blank, the address is none, or there is not either a pattern or a group; the pattern is
            none, is found in everything, or costs too much.
        Conflict: there are as many as are looked for.
    """
    values: dict[str, Any] = {
        "title": checks.line(issue.title, "title", LONGEST_LINE),
        "url": checks.address(issue.url, "url", LONGEST_URL),
        "pattern": checks.pattern(issue.pattern, LONGEST_PATTERN),
        "failure_id": None,
    }
    if not values["title"]:
        raise Invalid("title must not be blank")
    if bool(values["pattern"]) == bool(issue.failure):
        raise Invalid("a known issue has either a pattern or a failure")
    if issue.failure:
        values["failure_id"] = subjects.keep(session, Subject("failure", issue.failure))
    else:
        tried(session, issue.pattern)
    if session.scalar(COUNT) >= MOST:
        raise Conflict(f"there are {MOST} known issues: end some first")
    number = int(session.scalar(ADD, {**values, "author": by, "at": now}))
    _tell(session, "known-issue.added", number, values["title"], by)
    return number


def tried(session: Session, pattern: str) -> int:
    """Return in how many kinds of failures a pattern is found, up to one more than ``MOST_COUNTED``.

    Raises:
        Invalid: as :func:`add`.
    """
    wanted = checks.pattern(pattern, LONGEST_PATTERN)
    row = limits.within(session, TRY.bindparams(pattern=wanted), TRIED_S).one()
    if row.blank:
        raise Invalid("pattern is found in everything")
    return int(row.groups)


def end(session: Session, number: int, by: str, now: datetime.datetime) -> None:
    """Have an issue explain nothing any more.

    Raises:
        NotFound: there is no such issue.
        Conflict: somebody has ended it already.
    """
    title = session.scalar(END, {"id": number, "by": by, "now": now}) if number <= LARGEST_ID else None
    if title is None:
        raise Conflict(f"known issue {number} was ended already, by {one(session, number).ended_by}")
    _tell(session, "known-issue.ended", number, title, by)


def one(session: Session, number: int) -> Row[Any]:
    """Return a known issue as :func:`listed` does. Raises NotFound."""
    row = session.execute(ONE, {"id": number}).first() if number <= LARGEST_ID else None
    if row is None:
        raise NotFound(f"there is no known issue {number}")
    return row


def listed(session: Session, limit: int, offset: int, *, ended: bool = False) -> Sequence[Row[Any]]:
    """Return known issues, the newest first, those that ended behind the others if they are asked for.

    Rows: ``id title url pattern failure_id failure author at ended ended_by``; ``failure`` is the text of the group.
    """
    return session.execute(LIST, {"limit": limit, "offset": offset, "ended": ended}).all()


def matching(session: Session, groups: Iterable[int | None]) -> Known:
    """Return which issues explain groups of failures, by their numbers, in one statement; None is no group."""
    numbers = sorted({number for number in groups if number is not None})
    if not numbers:
        return Known({})
    try:
        rows = limits.within(session, MATCHING.bindparams(ids=numbers, most=MOST), SHOWN_S).all()
    except Invalid:
        return Known({}, whole=False)
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.failure_id, []).append(row)
    return Known(found)


def group(row: Row[Any]) -> str:
    """Return the group of a known issue as it stands in addresses, blank where it has a pattern."""
    return links.group(row.failure_id) if row.failure_id is not None else ""


def _tell(session: Session, type_: str, number: int, title: str, by: str) -> None:
    log.append(session, CHANNEL, type_, f"known-issues/{number}", {"known_issue": number, "title": title, "by": by})
