"""Whether marks are those of the results that are stored, and regressions those of the marks: found, and set right."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from paddles.analysis import checking, judging, lineages, replay, statements
from paddles.analysis.checking import RIGHT, Wrong
from paddles.analysis.models import FACETS
from paddles.analysis.replay import Outcome
from paddles.analysis.spells import Mark, Spell
from paddles.archive import jobs
from paddles.db.session import Session

BATCH = 10_000
EVER = datetime.datetime.min.replace(tzinfo=datetime.UTC)
# Behind which everything is: a lineage, a path, a moment, and a job or a regression.
Place = tuple[int, int, datetime.datetime, int]
BEGIN: Place = (0, 0, EVER, 0)
_MARKED = ", ".join(f"marked.{name}" for name in FACETS)
_WANTED = ", ".join(f"wanted.{name}" for name in FACETS)
MISMARKED = text(f"""
    SELECT runs.name AS run, jobs.key
    FROM kernel_boots AS wanted JOIN jobs ON jobs.id = wanted.job_id JOIN runs ON runs.id = jobs.run_id
    WHERE wanted.job_id > :after AND wanted.job_id <= :until AND EXISTS (
        SELECT FROM (
            SELECT paths.id, found.status FROM ({statements.results("wanted.job_id")}) AS found
            LEFT JOIN paths ON paths.digest = found.digest
        ) AS stored FULL JOIN (
            SELECT marks.path_id, marks.status, marks.happened, {", ".join(f"l.{name}" for name in FACETS)}
            FROM marks JOIN lineages AS l ON l.id = marks.lineage_id WHERE marks.job_id = wanted.job_id
        ) AS marked ON marked.path_id = stored.id
        WHERE marked.status IS DISTINCT FROM stored.status OR marked.happened <> wanted.happened
            OR ({_MARKED}) <> ({_WANTED}))
    ORDER BY wanted.job_id
""")
BEHIND = "> (:lineage_id, :path_id, :at, :id)"
MARKS = text(f"""
    SELECT m.lineage_id, m.path_id, m.happened, m.job_id, m.status, m.flip,
        l.latest IS NULL OR (m.happened, m.job_id) > (l.latest, l.latest_job_id) AS ahead
    FROM marks AS m JOIN lineages AS l ON l.id = m.lineage_id
    WHERE (m.lineage_id, m.path_id, m.happened, m.job_id) {BEHIND}
    ORDER BY m.lineage_id, m.path_id, m.happened, m.job_id LIMIT :limit
""")
_LOST = "ends.id IS NOT NULL AND NOT EXISTS (SELECT FROM jobs WHERE jobs.id = ends.id)"
REGRESSIONS = text(f"""
    SELECT r.lineage_id, r.path_id, r.bad_at, r.id, r.good_job_id, r.good_at, r.bad_job_id, r.last_job_id, r.last_at,
        r.fixed_job_id, r.fixed_at, r.n_failures,
        ARRAY(SELECT ends.id FROM unnest(ARRAY[r.good_job_id, r.bad_job_id, r.last_job_id, r.fixed_job_id]) AS ends (id)
            WHERE {_LOST}) AS lost
    FROM regressions AS r WHERE (r.lineage_id, r.path_id, r.bad_at, r.id) {BEHIND}
    ORDER BY r.lineage_id, r.path_id, r.bad_at, r.id LIMIT :limit
""")
LOST = text(f"SELECT ends.id FROM unnest(CAST(:ids AS bigint[])) AS ends (id) WHERE {_LOST}")
NAME = text("SELECT suite, name FROM paths WHERE id = :id")


class Marked(NamedTuple):
    """A mark; ``ahead``: its lineage knows of none as late."""

    lineage_id: int
    path_id: int
    at: datetime.datetime
    job_id: int
    status: str
    flip: bool
    ahead: bool


class Kept(NamedTuple):
    """A regression, and which jobs that it names are ``lost``."""

    lineage_id: int
    path_id: int
    bad_at: datetime.datetime
    id: int
    good_job_id: int
    good_at: datetime.datetime
    bad_job_id: int
    last_job_id: int
    last_at: datetime.datetime
    fixed_job_id: int | None
    fixed_at: datetime.datetime | None
    n_failures: int
    lost: list[int]


class Repair(NamedTuple):
    """What was wrong with a path in a lineage: how many flips, and how many regressions."""

    lineage_id: int
    path: str
    flips: int
    regressions: int


def unjudged(session: Session, after: int, until: int) -> Sequence[Row[Any]]:
    """Return ``run`` and ``key`` of the jobs of a stretch whose marks are not those of their results."""
    return session.execute(MISMARKED, {"after": after, "until": until}).all()


def judge(session: Session, run: str, key: str) -> bool:
    """Judge a job again, if it is still there, and say whether it was."""
    job = jobs.lock(session, run, key)
    if job is not None:
        judging.judge(session, job.id, believing=False)
    return job is not None


def marks(session: Session, behind: Place) -> list[Marked]:
    """Return the next marks behind a place, by lineages, paths, moments and jobs."""
    return [Marked._make(row) for row in session.tuples(MARKS, _behind(behind))]


def regressions(session: Session, behind: Place) -> list[Kept]:
    """Return the next regressions behind a place, by lineages, paths, moments and numbers."""
    return [Kept._make(row) for row in session.tuples(REGRESSIONS, _behind(behind))]


def doubtful(rows: Iterable[Marked | Kept]) -> bool:
    """Return whether anything is wrong with the marks and the regressions of one path in one lineage."""
    known: list[Kept] = []
    there: list[Marked] = []
    for row in rows:
        if isinstance(row, Kept):
            known.append(row)
        else:
            there.append(row)
    if any(mark.ahead for mark in there):
        return True
    flips = {mark.job_id: mark.flip for mark in there}
    if not known and not any(flips.values()) and len({mark.status for mark in there}) == 1:
        return False
    marks = [Mark(mark.at, mark.job_id, mark.status) for mark in there]
    lost = {job_id for row in known for job_id in row.lost}
    return checking.compare(marks, flips, [(row.id, _spell(row)) for row in known], lost) != RIGHT


def repair(session: Session, lineage_id: int, path_id: int, *, check: bool) -> Repair | None:
    """Set flips and regressions of a path in a lineage right, and return what was wrong, None where nothing is now.

    With ``check`` it only looks. Who judges a job of the lineage waits meanwhile.
    """
    lineage = lineages.keep(session, lineage_id)
    if lineage is None:
        return None
    asked = {"lineage_id": lineage_id, "path_ids": [path_id], "at": EVER, "job_id": 0}
    rows = session.execute(statements.LATER, asked).all()
    wrong = _wrong(session, rows, asked)
    ahead = [
        row for row in rows[-1:] if lineage.latest is None or _place(row) > (lineage.latest, lineage.latest_job_id)
    ]
    if wrong == RIGHT and not ahead:
        return None
    if not check:
        _write(session, lineage_id, path_id, wrong)
        for row in ahead:
            session.later(statements.LATEST, {**asked, "at": row.happened, "job_id": row.job_id})
    name = session.execute(NAME, {"id": path_id}).one()
    path = f"{name.suite}/{name.name}" if name.suite else name.name
    n_regressions = len(wrong.gone) + len(wrong.changed) + len(wrong.missing)
    return Repair(lineage_id, path, len(wrong.turned), n_regressions)


def _wrong(session: Session, rows: Sequence[Row[Any]], asked: Mapping[str, Any]) -> Wrong:
    known = [(int(row.id), replay.spell_of(row)) for row in session.execute(statements.TOUCHED, asked)]
    ends = [end.job_id for _, spell in known for end in spell.ends]
    lost = set(session.scalars(LOST, {"ids": ends}))
    flips = {int(row.job_id): bool(row.flip) for row in rows}
    return checking.compare([replay.mark_of(row) for row in rows], flips, known, lost)


def _write(session: Session, lineage_id: int, path_id: int, wrong: Wrong) -> None:
    turned = [(job_id, path_id) for job_id in wrong.turned]
    new = [(path_id, spell) for spell in wrong.missing]
    replay.write(session, lineage_id, Outcome([], turned, wrong.gone, wrong.changed, new))


def _place(row: Row[Any]) -> tuple[datetime.datetime, int]:
    return row.happened, row.job_id


def _behind(place: Place) -> dict[str, Any]:
    lineage_id, path_id, at, number = place
    return {"lineage_id": lineage_id, "path_id": path_id, "at": at, "id": number, "limit": BATCH}


def _spell(row: Kept) -> Spell:
    fixed = Mark(row.fixed_at, row.fixed_job_id or 0, "pass") if row.fixed_at else None
    good, bad = Mark(row.good_at, row.good_job_id, "pass"), Mark(row.bad_at, row.bad_job_id, "fail")
    return Spell(good, bad, Mark(row.last_at, row.last_job_id, "fail"), row.n_failures, fixed)
