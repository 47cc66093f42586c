"""Every source that dashboards show: whatever can be asked of it can be sorted by, page by page, and counted by."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from paddles.dashboards import figures, folding
from paddles.dashboards.definitions import Group, Metric
from paddles.dashboards.sources import SOURCES
from paddles.db.engine import Database
from paddles.db.work import read
from paddles.listing import search
from paddles.listing.filters import Wanted
from paddles.listing.search import Asked, Part
from tests.client import Client
from tests.factories import make_job, make_node
from tests.kernels.rows import make_boot, make_build, make_lines

THERE = ("builds", "boots", "tests", "logs", "runs", "jobs", "nodes", "queue")


@pytest.fixture
def rows(client: Client, database: Database) -> Database:
    """Some rows of each source, of which some say little."""
    for number in range(3):
        said: dict[str, Any] = {"errors": number, "modules_size": 2**40 + number} if number else {}
        make_build(database, number, **said)
        boot = make_boot(database, number, suites={"ltp": "pass fail"}, priority=number or None)
        make_lines(database, boot, [("error", "x"), ("", "y")])
        make_job(client, f"run {number}", queue="q", priority=number or None)
        make_node(client, f"n{number}", up=None if number else True)
    return database


def walked(database: Database, name: str, sort: str) -> list[Any]:
    """Return the rows of a source, read two at a time."""
    found, after = [], ""
    for _ in range(20):
        part, asked = Part(2, 0, after), Asked(sort=sort)
        page = read(database, lambda s, a=asked, p=part: search.page(s, SOURCES[name], a, p))  # type: ignore[misc]
        found += page.rows
        if page.after is None:
            break
        after = page.after
    return found


@pytest.mark.parametrize("name", THERE)
def test_pages_follow_each_other_by_whatever_field(rows: Database, name: str) -> None:
    """All rows come once, and backwards in the opposite order."""
    source = SOURCES[name]
    for field in (name for name, each in source.fields.items() if name in source.asked and not each.moves):
        up, down = walked(rows, name, field), walked(rows, name, f"-{field}")
        total = read(rows, lambda s: search.count(s, source, Asked())).number
        assert total == len(up) > 1, field
        assert up == down[::-1], field


@pytest.mark.parametrize("name", THERE)
def test_rows_are_counted_by_whatever_field(rows: Database, name: str) -> None:
    """The groups of any field add up to all rows."""
    source = SOURCES[name]
    total = read(rows, lambda s: search.count(s, source, Asked())).number
    for field in source.asked:
        by = [Group(field=field, limit=1)]
        counted = read(rows, lambda s, by=by: figures.groups(s, source, Asked(), Metric(), by))  # type: ignore[misc]
        found = folding.folded("count", counted, figures.levels(source, by))
        assert total == sum(line[1] for line in folding.lines(found, 1)), field


def test_how_rows_ended_is_asked_once_for_all_who_need_it(rows: Database) -> None:
    """It is what is counted one by one, of each question of its own; who knows it asks nothing."""
    source, known = SOURCES["tests"], dict[Any, Any]()
    among = [Asked(), Asked([Wanted("result", "in", ("pass",))]), Asked([Wanted("lab", "eq", ("lab-a",))])]

    for asked in among * 2:
        ended = read(rows, lambda s, asked=asked: figures.ended(s, source, asked, known))  # type: ignore[misc]
        one = replace(asked, names=("result",))
        slow = read(rows, lambda s, one=one: search.page(s, source, one, Part(100)))  # type: ignore[misc]
        assert Counter(row["result"] for row in slow.rows) == ended
    assert len(among) == len(known)
