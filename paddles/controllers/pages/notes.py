"""What people wrote beside the subject of a page, as the page shows it, and where that subject has its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from paddles.controllers.pages import addresses
from paddles.notes import notes
from paddles.notes.models import KINDS
from paddles.notes.subjects import Subject
from paddles.web.face import Call

FOLDERS = {"run": "runs", "machine": "nodes", "test": "tests", "failure": "failures", "regression": "regressions"}


@dataclass(frozen=True)
class Panel:
    """Notes beside something: ``said`` is what names it in forms, ``kinds`` what can be written there."""

    kind: str
    said: Mapping[str, str]
    rows: Sequence[Row[Any]]
    kinds: Sequence[str]
    most: int = notes.MOST

    @property
    def marks(self) -> Sequence[Row[Any]]:
        """What is told of the thing at once, before everything else: all but what is a note and no more."""
        return [row for row in self.rows if row.kind != "note"]


def panel(call: Call, subject: Subject, number: int) -> Panel:
    """Return the notes beside a thing that has this number, in one statement."""
    rows = notes.of(call.session, subject.kind, number)
    there = {row.kind for row in rows}
    kinds = [kind for kind in KINDS if notes.ONLY.get(kind, subject.kind) == subject.kind]
    return Panel(subject.kind, subject.said, rows, [each for each in kinds if each not in there & set(notes.ONLY)])


def address(subject: Subject) -> str:
    """Return the address of the page of something."""
    if subject.kind == "job":
        return addresses.path("runs", subject.name, "jobs", subject.key)
    names = subject.name.split("/") if subject.kind == "test" else (subject.name,)
    return addresses.path(FOLDERS[subject.kind], *names)


def called(subject: Subject) -> str:
    """Return what something is called in a sentence."""
    if subject.kind == "job":
        return f"job {subject.key} of run {subject.name}"
    return f"{subject.kind} {subject.name}"


def crumbs(subject: Subject) -> tuple[tuple[str, str], ...]:
    """Return what leads from the first page to something."""
    return ((called(subject).capitalize(), address(subject)),)
