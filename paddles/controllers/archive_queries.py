"""What the lists of runs, of jobs and of machines understand in an address, in whatever form they answer.

The parameters that runners and schedulers send mean what they always did. What these never sent filters as well: a
value said twice, ``-branch=``, ``~name=``, ``runtime>=``, and every other field of the rows.
"""

import datetime
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from paddles.archive.sources import JOBS, RUNS
from paddles.controllers.list_queries import Filtering, declaring
from paddles.lab.sources import MACHINES
from paddles.listing import fields, filters, moments
from paddles.listing.fields import MOMENT, Source
from paddles.listing.filters import Wanted
from paddles.listing.search import Asked, Part
from paddles.web import query

# Times are kept to the microsecond: what comes behind a moment comes at the next one or later.
NEXT = datetime.timedelta(microseconds=1)


def _flags(values: list[str]) -> list[str]:
    if any(value.lower() not in query.TRUE | query.FALSE for value in values):
        raise ValueError("must be true or false")
    return values


def _count(value: Any) -> Any:
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("count must be an integer")
    return value


Flags = Annotated[list[str], AfterValidator(_flags)]


class ArchiveQuery(Filtering):
    """Which rows, what is shown of them, in which order, and which part of the list.

    ``simple`` are the filters that were there first, of which the blank ones count for nothing where ``blank`` is so.
    """

    source: ClassVar[Source]
    simple: ClassVar[frozenset[str]]
    blank: ClassVar[bool] = True

    count: query.Count | None = None
    after: query.Text = ""
    fields: str | None = None
    format: query.Text | None = None
    since: query.Text | None = None
    until: query.Text | None = None
    sort: query.Text = ""

    def said(self) -> list[tuple[str, str]]:
        """The filters, as they are meant here."""
        return [(name, value) for name, value in self.pairs if value or not (self.blank and name in self.simple)]

    def filters(self) -> tuple[list[Wanted], list[str]]:
        """What is asked of the rows, and the parameters that mean nothing; moments are bounded, not compared."""
        wanted, ignored = filters.asked(self.said(), self.source)
        moment = {each.field for each in wanted if self.source.fields[each.field].kind == MOMENT}
        return [each for each in wanted if each.field not in moment], [*ignored, *sorted(moment)]

    def alone(self) -> dict[str, str] | None:
        """The filters that were there first, where nothing else is asked, else None."""
        wanted, _ = self.filters()
        simple = all(each.op == "in" and each.field in self.simple and len(each.values) == 1 for each in wanted)
        return {each.field: each.values[0] for each in wanted} if simple and not (self.sort or self.after) else None

    def times(
        self, now: datetime.datetime, zone: ZoneInfo
    ) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        """From when, and until when; a day begins at its midnight in ``zone``. Raises Invalid."""
        since = moments.bound(self.since, now, zone, "since") if self.since else None
        return since, moments.bound(self.until, now, zone, "until") if self.until else None

    def asked(self, now: datetime.datetime, zone: ZoneInfo, names: str | None = None) -> tuple[Asked, list[str]]:
        """What the core is asked, to show the fields ``names``, and the parameters that mean nothing here.

        Raises:
            Invalid: a name or a moment is none.
        """
        wanted, ignored = self.filters()
        since, until = self.times(now, zone)
        shown = fields.checked(names, self.source)
        return Asked(wanted, since, until, sort=self.sort, names=shown), ignored

    @property
    def csv(self) -> bool:
        """That lines of CSV are wanted."""
        return self.format == "csv"


class PagedQuery(ArchiveQuery):
    """Which rows, what is shown of them, in which order, and which page of the list."""

    page: query.Count = 1

    def part(self, usual: int) -> Part:
        """Which part of the list; ``usual`` is how many rows a page has."""
        count = usual if self.count is None else self.count
        return Part(count, count * (max(self.page, 1) - 1), self.after)

    @property
    def whole(self) -> bool:
        """That nobody asks for a part of the list."""
        return self.count is None and self.page <= 1


class _Runs(PagedQuery):
    """Which runs; ``since`` and ``until`` are of the time for which they were scheduled."""

    source = RUNS
    simple = frozenset(("branch", "suite", "user", "machine_type", "status", "sha1", "flavor"))


class _Jobs(PagedQuery):
    """Which jobs; a job posted at the very moment of ``posted_after`` or ``posted_before`` is outside."""

    source = JOBS
    simple = frozenset(("description", "status", "sha1", "branch", "user"))

    posted_after: query.Text | None = None
    posted_before: query.Text | None = None

    def said(self) -> list[tuple[str, str]]:
        """The filters, as they are meant here: who names a revision need not name its branch."""
        said = super().said()
        return [each for each in said if each[0] != "branch"] if any(name == "sha1" for name, _ in said) else said

    def days(self, now: datetime.datetime, zone: ZoneInfo) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        """Behind which moment they were posted, and before which. Raises Invalid."""
        after = moments.day(self.posted_after, now, zone) if self.posted_after else None
        return after, moments.day(self.posted_before, now, zone) if self.posted_before else None

    def times(
        self, now: datetime.datetime, zone: ZoneInfo
    ) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        """From when, and until when. Raises Invalid."""
        (since, until), (after, before) = super().times(now, zone), self.days(now, zone)
        begins = [each for each in (since, after and after + NEXT) if each]
        ends = [each for each in (until, before) if each]
        return max(begins, default=None), min(ends, default=None)

    def alone(self) -> dict[str, str] | None:
        """The filters that were there first, where nothing else is asked, else None."""
        return None if self.since or self.until else super().alone()


class _Nodes(ArchiveQuery):
    """Which machines; ``machine_type`` is one type or several joined by ``|``."""

    source = MACHINES
    simple = frozenset(("machine_type", "locked", "up", "os_type", "os_version", "arch", "locked_by"))
    blank = False

    count: Annotated[query.Count | None, BeforeValidator(_count)] = None
    locked: Flags = Field([])
    up: Flags = Field([])

    def said(self) -> list[tuple[str, str]]:
        """The filters, as they are meant here."""
        found: list[tuple[str, str]] = []
        for name, value in self.pairs:
            several = filters.named(name)[0] == "machine_type" and value
            found += [(name, each) for each in (value.split("|") if several else (value,))]
        return [each for each in found if each != ("machine_type", "")]

    def alone(self) -> dict[str, str] | None:
        """The filters that were there first, where nothing else is asked, else None; types are one of them."""
        wanted, _ = self.filters()
        types = [each for each in wanted if (each.field, each.op) == ("machine_type", "in")]
        others = [each for each in wanted if each not in types]
        simple = all(each.op == "in" and each.field in self.simple and len(each.values) == 1 for each in others)
        return {each.field: each.values[0] for each in others} if simple and not (self.sort or self.after) else None

    @property
    def types(self) -> list[str]:
        """The types of machines that are asked for."""
        return [value for name, value in self.said() if name == "machine_type"]

    @property
    def part(self) -> Part:
        """Which part of the list: all of it where no number of rows is given."""
        return Part(query.MOST if self.count is None else self.count, 0, self.after)


def _made(base: Any, *more: str) -> Any:
    base.single = frozenset(base.model_fields) - frozenset(more)
    return declaring(base.source, base)


RunsQuery, JobsQuery, NodesQuery = _made(_Runs), _made(_Jobs), _made(_Nodes, "locked", "up")
