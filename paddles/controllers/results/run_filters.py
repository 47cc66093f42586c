"""``/runs/<word>/<value>/...``: runs chosen by any chain of filters, and what there is to choose from."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field
from sqlalchemy import Row

from paddles.archive import run_search
from paddles.archive.run_search import RunFilter
from paddles.controllers.results import answers, face, words
from paddles.errors import NotFound
from paddles.listing import moments
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Form, Resource

# Each word of an address and the field of the filter it fills.
FILTERS = {
    "branch": "branch",
    "suite": "suite",
    "user": "username",
    "machine_type": "machine_type",
    "status": "status",
    "sha1": "sha1",
    "flavor": "flavor",
    "flavors": "flavor",
}
WORDS = (*FILTERS, "date", "queued")
Day = Annotated[str, Field(pattern=r"^(\d{4}-\d{1,2}-\d{1,2}|today|yesterday)$", examples=["2026-01-31", "today"])]
VALUES, RUNS = Form("", list[str]), Form("{value}/", answers.Runs)
# What the description of the service says of each word's addresses; chains of them are too many to list.
FORMS = dict.fromkeys(FILTERS, (VALUES, RUNS)) | {
    "date": (
        VALUES,
        Form("{day}/", answers.Runs, {"day": Day}),
        Form("from/{first}/to/{last}/", answers.Runs, {"first": Day, "last": Day}),
    ),
    "queued": (Form("", answers.Runs),),
}


class RunsQuery(query.Query):
    """What lists of runs understand; a parameter that is a filter's name filters, where the path does not."""

    count: query.Count | None = None
    page: query.Count = 1
    fields: str | None = None
    format: query.Text | None = None
    since: query.Text | None = None
    branch: query.Text | None = None
    suite: query.Text | None = None
    user: query.Text | None = None
    machine_type: query.Text | None = None
    status: query.Text | None = None
    sha1: query.Text | None = None
    flavor: query.Text | None = None


@dataclass(frozen=True)
class Chain:
    """What a chain of words says: which runs, or (``word``) which values of a word among them.

    ``whole`` says that nobody expects such a list to be cut into pages; ``nothing`` that the address names no runs.
    """

    runs: RunFilter = field(default_factory=RunFilter)
    word: str | None = None
    whole: bool = False
    nothing: bool = False
    used: frozenset[str] = field(default=frozenset())


def read(path: tuple[str, ...], now: datetime.datetime, zone: ZoneInfo) -> Chain:
    """Return what the chain ``path`` says.

    Raises:
        NotFound: a word is unknown, or comes twice.
        Invalid: a date is none.
    """
    chain, rest = Chain(), list(path)
    while rest:
        word = rest.pop(0)
        name = "flavor" if word == "flavors" else word
        if name not in WORDS or name in chain.used:
            raise NotFound("resource was not found")
        chain = replace(chain, used=chain.used | {name})
        if name == "queued":
            chain = replace(chain, runs=replace(chain.runs, queued=True), whole=True)
        elif not rest:
            chain = replace(chain, word=name)
        elif name == "date":
            chain = _dated(chain, rest, now, zone)
        else:
            value: dict[str, Any] = {FILTERS[name]: rest.pop(0)}
            chain = replace(chain, runs=replace(chain.runs, **value))
    return chain


def _dated(chain: Chain, rest: list[str], now: datetime.datetime, zone: ZoneInfo) -> Chain:
    """Take a day, or ``from <a> to <b>``, off the front of ``rest``."""
    first = last = rest.pop(0)
    if first == "from":
        if not rest:
            return replace(chain, nothing=True)
        first = rest.pop(0)
        if not rest:
            moments.day(first, now, zone)
            return replace(chain, nothing=True)
        if rest.pop(0) != "to":
            raise NotFound("resource was not found")
        last = rest.pop(0) if rest else ""
        chain = replace(chain, whole=True)
    begin, end = moments.day(first, now, zone), moments.next_day(last, now, zone)
    return replace(chain, runs=replace(chain.runs, scheduled_from=begin, scheduled_until=end))


def narrowed(runs: RunFilter, asked: RunsQuery, now: datetime.datetime, zone: ZoneInfo) -> RunFilter:
    """Return ``runs`` with what the query asks for on top; the path wins where both name a value."""
    said = {FILTERS[word]: getattr(asked, word) for word in FILTERS if word != "flavors"}
    extra: dict[str, Any] = {name: value for name, value in said.items() if value and getattr(runs, name) is None}
    if asked.since:
        extra["since"] = moments.day(asked.since, now, zone)
    return replace(runs, **extra)


def answer(call: Call, wanted: RunFilter, page: Any, order: Any) -> Any:
    """Return a list of runs in the form the client asks for."""
    names = words.fields(call.query.fields, words.RUN_KEYS)
    return shown(call, run_search.runs(call.session, wanted, page, order), names)


def shown(call: Call, rows: Sequence[Row[Any]], names: Sequence[str]) -> Any:
    """Return rows of ``run_search`` in the form the client asks for."""
    if summarised(call):
        return {row.name: words.run_summary(row, call.settings) for row in rows}
    return [words.sliced(words.run(row, call.settings), names) for row in rows]


def summarised(call: Call) -> bool:
    """Say whether the client wants the short form: by ``?format=summary`` or by its media type."""
    return call.query.format == "summary" or words.SUMMARY in call.accept


def paged(call: Call, *, whole: bool = False) -> Any:
    """Return the page that the query asks for; ``whole`` lists are cut only when a count is given."""
    count = call.query.count
    return query.page(count if count is not None or whole else usual(call), call.query.page)


def usual(call: Call) -> int:
    """Return how many runs a page has where nobody says it."""
    return 100 if summarised(call) else call.settings.default_latest_runs_count


class RunFilters(Resource):
    """All that stands below one word: further words, values, lists of values."""

    face = face
    chain = True

    def __init__(self, word: str) -> None:
        self.word, self.forms = word, FORMS[word]

    @face.endpoint(query=RunsQuery)
    def get_chain(self, path: tuple[str, ...], call: Call) -> Any:
        """List runs: 200, newest scheduled first (queued ones oldest first); or the values of the last word.

        Words chain, each with its value, in any order and none twice: ``/runs/branch/main/suite/rados/user/``.
        """
        zone = call.settings.zone
        chain = read((self.word, *path), call.now, zone)
        if chain.nothing:
            return []
        wanted = narrowed(chain.runs, call.query, call.now, zone)
        if chain.word:
            return run_search.values(call.session, chain.word, wanted, call.settings.timezone)
        order = run_search.OLDEST_SCHEDULED if chain.runs.queued else run_search.NEWEST_SCHEDULED
        return answer(call, wanted, paged(call, whole=chain.whole), order)
