"""What descriptions of jobs are made of, and jobs by two parts of that. Pure.

Source: teuthology's ``suite/build_matrix.py``: a description is ``suite/{facet/value facet/{value value}}``, a path
for each file that the job was put together from.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TOKEN = re.compile(r"[{}]|[^\s{}]+")
SYSTEM, WHOLE = "OS", "description"
LONGEST, DEEPEST = 8192, 50
# A facet of more values is shown where somebody asks for it.
MANY = 40
WORST_FIRST = ("fail", "running", "waiting", "queued", "pass", "dead")


@dataclass(frozen=True)
class Cell:
    """Jobs that meet: how many there are of each status, and their keys."""

    counts: Mapping[str, int]
    keys: Sequence[str]

    @property
    def rate(self) -> float | None:
        """Which part passed of those that the lab did not stop; None where there is none."""
        counted = len(self.keys) - self.counts.get("dead", 0)
        return self.counts.get("pass", 0) / counted if counted else None

    @property
    def kind(self) -> str:
        """What the jobs come to; trouble of the lab counts where there is nothing else to be said."""
        return next((each for each in WORST_FIRST if self.counts.get(each)), "unknown")


@dataclass(frozen=True)
class Matrix:
    """Jobs by a facet down and another across; of pairs of values that are not there no job ran.

    All of a row are at None across, all of a column at None down.
    """

    down: str
    across: str
    rows: Sequence[str]
    columns: Sequence[str]
    cells: Mapping[tuple[str | None, str | None], Cell]
    names: Sequence[str]


def facets(description: str) -> dict[str, str]:
    """Return the values of a description by the folder that they stand in, below that of the whole."""
    found: dict[str, list[str]] = {}
    places: list[str] = []
    pending, top = "", None
    for word in TOKEN.findall(description[:LONGEST]):
        inside = places[-1] if places else ""
        if word == "{":
            places.append(inside + pending)
            top, pending = top if top is not None else places[-1], ""
        elif word == "}":
            places = places[:-1]
        elif word.endswith("/"):
            pending = word
        else:
            folder, _, value = f"{inside}{word}".rpartition("/")
            found.setdefault(f"{folder}/".removeprefix(top or ""), []).append(value)
        if len(places) > DEEPEST:
            break
    return {folder.strip("/").replace("$", "") or WHOLE: " ".join(values) for folder, values in found.items()}


def matrix(jobs: Iterable[Mapping[str, Any]], down: str = "", across: str = "") -> Matrix:
    """Return jobs, each with ``key status description os_type os_version``, by two facets: those that differ most."""
    known = [({**facets(job["description"] or ""), **_system(job)}, job) for job in jobs]
    values: dict[str, Counter[str]] = {}
    for said, _ in known:
        for name, value in said.items():
            values.setdefault(name, Counter())[value] += 1
    names = sorted(
        (name for name in values if len(values[name]) > 1),
        key=lambda name: (len(values[name]) > MANY, -len(values[name]), name),
    )
    down = down if down in values else next(iter(names), "")
    across = across if across in values else next((name for name in names if name != down), "")
    cells: dict[tuple[str | None, str | None], list[Mapping[str, Any]]] = {}
    for said, job in known:
        row, column = said.get(down, ""), said.get(across, "")
        for place in ((row, column), (row, None), (None, column), (None, None)):
            cells.setdefault(place, []).append(job)
    return Matrix(
        down,
        across,
        sorted({row for row, _ in cells if row is not None}),
        sorted({column for _, column in cells if column is not None}),
        {place: _cell(found) for place, found in cells.items()},
        sorted(names),
    )


def _cell(jobs: Sequence[Mapping[str, Any]]) -> Cell:
    return Cell(Counter(job["status"] for job in jobs), [job["key"] for job in jobs])


def _system(job: Mapping[str, Any]) -> dict[str, str]:
    system = " ".join(filter(None, (job["os_type"], job["os_version"])))
    return {SYSTEM: system} if system else {}
