"""Whether flips and regressions of one path in one lineage are those of its marks, as far as these are there. Pure.

A job that is deleted takes its marks along, and takes back nothing that came of them. What a regression says of such a
job is believed: it is as good as a mark. What nothing tells of any more cannot be held against anybody.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from paddles.analysis import spells
from paddles.analysis.spells import Mark, Spell

Known = Sequence[tuple[int, Spell]]


class Wrong(NamedTuple):
    """Jobs whose flip cannot be so, and regressions: those that are none, as they should be, and that are missing."""

    turned: list[int]
    gone: list[int]
    changed: list[tuple[int, Spell]]
    missing: list[Spell]


RIGHT = Wrong([], [], [], [])


def compare(marks: Sequence[Mark], flips: Mapping[int, bool], known: Known, lost: Collection[int]) -> Wrong:
    """Return what is wrong with the ``flips`` of marks, by jobs, and with the regressions that are ``known``, by ids.

    ``lost`` are the jobs that are not there any more. A regression that is missing has to be seen in marks that are
    there; how often one failed is at least what can be counted.
    """
    whole = _line(marks, known, lost)
    found = spells.spells(whole)
    kept = spells.paired([spell for _, spell in known], found)
    none = [number for at, (number, _) in enumerate(known) if at not in kept]
    pairs = list(zip(found, kept, strict=True))
    changed = [(known[at][0], spell) for spell, at in pairs if at is not None and not _fits(known[at][1], spell)]
    missing = [spell for spell, at in pairs if at is None and {spell.good.job_id, spell.bad.job_id} <= flips.keys()]
    # A flip is held against the regressions as they will be: what is right after it need not be looked at again.
    last = {spell.last.job_id for spell in (*(spell for spell, at in pairs if at is not None), *missing)}
    return Wrong(_misturned(whole, flips, last), none, changed, missing)


def _line(marks: Sequence[Mark], known: Known, lost: Collection[int]) -> list[Mark]:
    """Return marks and what known regressions say of jobs that are lost, in order."""
    there = {mark.job_id for mark in marks}
    ends = {end.job_id: end for _, spell in known for end in spell.ends}
    told = [end for job_id, end in ends.items() if job_id in lost and job_id not in there]
    return sorted([*marks, *told], key=lambda mark: mark.place)


def _misturned(whole: Sequence[Mark], flips: Mapping[int, bool], told: Collection[int]) -> list[int]:
    found, before = [], None
    for mark in whole:
        flip = flips.get(mark.job_id)
        if flip is not None and flip not in _possible(mark, before, flips, told):
            found.append(mark.job_id)
        before = mark
    return found


def _possible(mark: Mark, before: Mark | None, flips: Mapping[int, bool], told: Collection[int]) -> tuple[bool, ...]:
    if before is None:
        # The first that is left may have passed behind failures that never were a regression.
        return (False, True) if mark.status == "pass" else (False,)
    untold = (before.status, mark.status) == ("fail", "pass") and before.job_id not in told
    if before.job_id not in flips or untold:
        return False, True
    return (before.status != mark.status,)


def _fits(kept: Spell, counted: Spell) -> bool:
    places = [[end.place for end in spell.ends] for spell in (kept, counted)]
    return places[0] == places[1] and kept.n_failures >= counted.n_failures
