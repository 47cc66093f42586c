"""Results that come late, or anew: what was made of those behind them is made once more."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Row

from paddles.analysis import spells, statements
from paddles.analysis.spells import Mark, Spell
from paddles.db.session import Session


class Said(NamedTuple):
    """Of which job results are, its moment and kernel; ``old_at`` is the moment that it had in this lineage before."""

    job_id: int
    at: datetime.datetime
    kernel: str = ""
    commit: str = ""
    old_at: datetime.datetime | None = None

    @property
    def since(self) -> datetime.datetime:
        """From when on anything can be otherwise."""
        return min(self.at, self.old_at or self.at)


class Told(NamedTuple):
    """What the database knows of some paths, by their ids, of which it was asked from one moment on.

    ``had`` are the marks of the job until now, ``around`` the marks next to the moment, ``later`` those from then on,
    of paths for which they are asked.
    """

    had: dict[int, Row[Any]]
    around: dict[int, Row[Any]]
    regressions: dict[int, list[Row[Any]]]
    later: dict[int, list[Row[Any]]]


class Outcome(NamedTuple):
    """What is to be written: marks of the job, marks whose flip turns, and regressions gone, changed and new."""

    marks: list[tuple[int, str, bool]]
    turned: list[tuple[int, int]]
    gone: list[int]
    changed: list[tuple[int, Spell]]
    new: list[tuple[int, Spell]]


def replace(
    session: Session, lineage_id: int, said: Said, results: Mapping[int, str], *, believing: bool = True
) -> None:
    """Let a job of a lineage, which is locked, have the ``results``, by the ids of paths, and none that it had before.

    What follows in the lineage is judged again, for those of the paths where it can make a difference, or, when nothing
    is to be believed that was judged before, for all. A regression
    that is still there afterwards, wherever it begins and ends now, keeps what people say of it.
    """
    marked = session.execute(statements.MARKED, {"job_id": said.job_id}) if said.old_at else ()
    had = {row.path_id: row for row in marked}
    path_ids = sorted({*had, *results})
    if not path_ids:
        return
    told = _told(session, lineage_id, path_ids, said, had)
    quiet = {path_id for path_id in path_ids if believing and _quiet(told, path_id, said, results.get(path_id))}
    loud = [path_id for path_id in path_ids if path_id not in quiet]
    if loud:
        told.later.update(_by_path(session.execute(statements.LATER, _asked(lineage_id, loud, said))))
    outcome = Outcome([], [], [], [], [])
    for path_id in quiet:
        outcome.marks.append((path_id, results[path_id], bool(path_id in had and had[path_id].flip)))
    for path_id in loud:
        _judge(outcome, told, path_id, said, results.get(path_id))
    _write(session, lineage_id, said, outcome)


def _told(session: Session, lineage_id: int, path_ids: Sequence[int], said: Said, had: dict[int, Row[Any]]) -> Told:
    asked = _asked(lineage_id, path_ids, said)
    around = {row.path_id: row for row in session.execute(statements.AROUND, asked)}
    return Told(had, around, _by_path(session.execute(statements.TOUCHED, asked)), {})


def _asked(lineage_id: int, path_ids: Sequence[int], said: Said) -> dict[str, Any]:
    return {"lineage_id": lineage_id, "path_ids": path_ids, "at": said.since, "job_id": said.job_id}


def _quiet(told: Told, path_id: int, said: Said, status: str | None) -> bool:
    """Return whether a result changes nothing of what its neighbours came to: it is another of the same.

    A pass between a pass and a failure does: it is what was good. So does a failure of a regression: it is counted.
    """
    touched = path_id in told.regressions
    if said.old_at and said.old_at != said.at:
        return False
    if path_id in told.had:
        return told.had[path_id].status == status and not touched
    around = told.around[path_id]
    if status == "pass":
        return around.status in (None, "pass") and around.next in (None, "pass")
    return not touched and (around.status == "fail" or (around.status is None and around.next != "pass"))


def _by_path(rows: Iterable[Row[Any]]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.path_id, []).append(row)
    return found


def _judge(outcome: Outcome, told: Told, path_id: int, said: Said, status: str | None) -> None:
    """Add to the outcome what becomes of one path."""
    rows = told.later.get(path_id, [])
    around = told.around[path_id]
    before = mark_of(around) if around.status else None
    marks = [mark_of(row) for row in rows if row.job_id != said.job_id]
    if status:
        marks.append(Mark(said.at, said.job_id, status, said.kernel, said.commit))
    marks.sort(key=lambda mark: mark.place)
    known = {row.job_id: row.flip for row in rows}
    for mark, flip in zip(marks, spells.flips(marks, before), strict=True):
        if mark.job_id == said.job_id:
            outcome.marks.append((path_id, mark.status, flip))
        elif known[mark.job_id] != flip:
            outcome.turned.append((mark.job_id, path_id))
    old = told.regressions.get(path_id, [])
    found = spells.spells(marks, before, _under_way(old, rows, before, (said.since, said.job_id)))
    _compare(outcome, path_id, [(row.id, spell_of(row)) for row in old], found)


def _under_way(
    old: Sequence[Row[Any]], rows: Sequence[Row[Any]], before: Mark | None, since: tuple[datetime.datetime, int]
) -> Spell | None:
    """Return the regression that had begun before a moment and gone on beyond it, as it was at that moment."""
    if not old or (old[0].bad_at, old[0].bad_job_id) >= since:
        return None
    spell = spell_of(old[0])
    end = spell.fixed.place if spell.fixed else None
    counted = sum(row.status == "fail" and (end is None or (row.happened, row.job_id) < end) for row in rows)
    last = before if before and before.status == "fail" else spell.bad
    return Spell(spell.good, spell.bad, last, spell.n_failures - counted)


def _compare(outcome: Outcome, path_id: int, old: Sequence[tuple[int, Spell]], new: Sequence[Spell]) -> None:
    kept = spells.paired([spell for _, spell in old], new)
    outcome.gone.extend(id_ for number, (id_, _) in enumerate(old) if number not in kept)
    for spell, number in zip(new, kept, strict=True):
        if number is None:
            outcome.new.append((path_id, spell))
        elif _columns(old[number][1]) != _columns(spell):
            outcome.changed.append((old[number][0], spell))


def _write(session: Session, lineage_id: int, said: Said, outcome: Outcome) -> None:
    """Write it: the marks of the job, then all else."""
    at = {"lineage_id": lineage_id, "job_id": said.job_id, "at": said.at}
    if said.old_at:
        session.later(statements.UNMARK, at)
    if outcome.marks:
        session.later(statements.MARK, {**at, **_arrays(("path_id", "status", "flip"), outcome.marks)})
        session.later(statements.LATEST, at)
    write(session, lineage_id, outcome)


def write(session: Session, lineage_id: int, outcome: Outcome) -> None:
    """Write what becomes of marks that are there and of regressions, in a lineage that is locked."""
    if outcome.turned:
        session.later(statements.TURN, _arrays(("job_id", "path_id"), outcome.turned))
    # A regression that is open no more goes before another of its path is.
    if outcome.gone:
        session.later(statements.WITHDRAW, {"ids": outcome.gone})
    if outcome.changed:
        session.later(statements.REWRITE, _decided("id", outcome.changed))
    if outcome.new:
        session.later(statements.OPEN, {"lineage_id": lineage_id, **_decided("path_id", outcome.new)})


def _arrays(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def _decided(first: str, found: Sequence[tuple[int, Spell]]) -> dict[str, list[Any]]:
    rows = [_columns(spell) for _, spell in found]
    return {first: [number for number, _ in found], **{name: [row[name] for row in rows] for name in rows[0]}}


def _columns(spell: Spell) -> dict[str, Any]:
    marks = {"good": spell.good, "bad": spell.bad, "last": spell.last, "fixed": spell.fixed}
    said = chain.from_iterable(
        ((f"{name}_job_id", mark and mark.job_id), (f"{name}_at", mark and mark.at), (f"{name}_kernel", _kernel(mark)))
        for name, mark in marks.items()
    )
    return {
        **dict(said),
        "good_commit": spell.good.commit,
        "bad_commit": spell.bad.commit,
        "n_failures": spell.n_failures,
    }


def _kernel(mark: Mark | None) -> str:
    return mark.kernel if mark else ""


def mark_of(row: Row[Any]) -> Mark:
    """Return the mark that a row tells of."""
    return Mark(row.happened, row.job_id, row.status, row.kernel, row.commit)


def spell_of(row: Row[Any]) -> Spell:
    """Return the regression that a row tells of."""
    good = Mark(row.good_at, row.good_job_id, "pass", row.good_kernel, row.good_commit)
    bad = Mark(row.bad_at, row.bad_job_id, "fail", row.bad_kernel, row.bad_commit)
    # What is said of the two others but their kernels is not kept.
    last = Mark(row.last_at, row.last_job_id, "fail", row.last_kernel)
    fixed = Mark(row.fixed_at, row.fixed_job_id, "pass", row.fixed_kernel) if row.fixed_at else None
    return Spell(good, bad, last, row.n_failures, fixed)
