"""What clients say when they write beside results, as JSON and in forms, and what they are shown of it."""

import datetime
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Row

from paddles.accounts.access import Principal
from paddles.notes import known, subjects
from paddles.notes.known import Issue
from paddles.notes.models import LONGEST_LINE, LONGEST_PATTERN, LONGEST_TEXT, LONGEST_URL, Kind
from paddles.notes.notes import Written
from paddles.notes.subjects import Subject

ANONYMOUS = "anonymous"
# Names of runs, machines and tests have no bound of their own.
Name = Annotated[str, Field(max_length=4096)]


class Named(BaseModel):
    """What something stands beside, by the one name that is given; a job by that of its run and its own."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    run: Name = ""
    job: Name = ""
    machine: Name = ""
    test: Name = ""
    failure: Name = ""
    regression: Name = ""

    def subject(self) -> Subject:
        """Return what is named. Raises Invalid where that is nothing, or several things."""
        return subjects.named({name: getattr(self, name) for name in Named.model_fields})


class NewNote(Named):
    """What somebody writes beside a thing. An issue has an address, a pin and a quarantine need no text."""

    kind: Kind = "note"
    text: Annotated[str, Field(max_length=2 * LONGEST_TEXT)] = ""
    url: Annotated[str, Field(max_length=2 * LONGEST_URL)] = ""

    def written(self) -> Written:
        """Return what is to be kept of it."""
        return Written(self.kind, self.text, self.url)


class NewIssue(BaseModel):
    """That failures are known: those in whose text a pattern is found, or those of the group ``failure``."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    title: Annotated[str, Field(max_length=2 * LONGEST_LINE)] = ""
    url: Annotated[str, Field(max_length=2 * LONGEST_URL)] = ""
    pattern: Annotated[str, Field(max_length=2 * LONGEST_PATTERN)] = ""
    failure: Annotated[str, Field(max_length=100)] = ""

    def issue(self) -> Issue:
        """Return what is to be kept of it."""
        return Issue(self.title, self.url, self.pattern, self.failure)


class ShownNote(BaseModel):
    """A note. Of one that has ended, ``ended`` and ``ended_by``."""

    id: int
    kind: Kind
    text: str
    url: str
    author: str
    at: AwareDatetime
    ended: AwareDatetime | None
    ended_by: str


class ShownIssue(BaseModel):
    """A known issue: a ``pattern``, or the id and the text of a group of failures."""

    id: int
    title: str
    url: str
    pattern: str
    failure: str
    text: str
    author: str
    at: AwareDatetime
    ended: AwareDatetime | None
    ended_by: str


def note(row: Row[Any]) -> Mapping[str, Any]:
    """Return a note as it is shown."""
    return {name: _plain(getattr(row, name)) for name in ShownNote.model_fields}


def issue(row: Row[Any]) -> Mapping[str, Any]:
    """Return a known issue as it is shown."""
    said = {"failure": known.group(row), "text": row.failure or ""}
    return {name: said[name] if name in said else _plain(getattr(row, name)) for name in ShownIssue.model_fields}


def author(principal: Principal) -> str:
    """Return under which name something is written."""
    return principal.username or ANONYMOUS


def _plain(value: Any) -> Any:
    return value.astimezone(datetime.UTC).isoformat() if isinstance(value, datetime.datetime) else value
