"""What filters find among builds, boots, tests and log lines, page by page, and what they refuse."""

import datetime
from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.db.work import read
from paddles.errors import Invalid
from paddles.kernels.sources import BOOTS, BUILDS, LOGS, SOURCES, TESTS
from paddles.listing import filters, search
from paddles.listing.fields import Source
from paddles.listing.filters import Wanted
from paddles.listing.search import Asked, Count, Part
from tests.conftest import NOW
from tests.kernels.rows import make_boot, make_build, make_lines

ALL = Part(1000)


def found(database: Database, source: Source, query: str, name: str, *, part: Part = ALL, **more: Any) -> str:
    """Return the values of a field, of the rows that match what an address would say, with blanks between them."""
    wanted, ignored = filters.asked([tuple(each.split("=", 1)) for each in query.split("&") if each], source)  # type: ignore[misc]
    assert [] == ignored
    asked = Asked(wanted, names=(name,), **more)
    rows = read(database, lambda session: search.page(session, source, asked, part)).rows
    counted = read(database, lambda session: search.count(session, source, asked))
    assert part != ALL or counted == Count(len(rows))
    return " ".join(str(row[name]) for row in rows)


@pytest.fixture
def labs(database: Database) -> Database:
    """Five boots in two labs, of two trees, and the tests of some of them."""
    make_boot(database, 1, suites={"ltp": "pass fail", "dmesg": "pass"}, board="rpi3", duration_s=1.5)
    make_boot(database, 2, suites={"ltp": "pass pass"}, duration_s=20, result="fail", details={"initrd": "x.gz"})
    make_boot(database, 3, suites={"kunit": "skip error"}, lab="lab-b", tree="next", kernel="next-100%")
    make_boot(database, 4, lab="lab-b", tree="next", mach="broadcom", result="unknown", priority=50)
    make_boot(database, 5, lab="lab-b", board="", tree="stable-rc", duration_s=5)
    return database


BOOTED: list[tuple[str, str]] = [
    ("", "5 4 3 2 1"),
    ("job=next", "4 3"),
    ("tree=next", "4 3"),
    ("job=next&job=stable-rc", "5 4 3"),
    ("job=next&lab_name=lab-a", ""),
    ("-lab=lab-b", "2 1"),
    ("-lab=lab-b&-board=rpi3", "2"),
    ("~job=MAIN", "2 1"),
    ("~kernel=0%", "3"),
    ("~kernel=next_100", ""),
    ("boot_result=FAIL&boot_result=unknown", "4 2"),
    ("result=fail", "2"),
    ("board=", "5"),
    ("-board=", "4 3 2 1"),
    ("mach=", "5 3 2 1"),
    ("boot_time=20", "2"),
    ("boot_time>=5", "5 2"),
    ("boot_time<=5", "5 1"),
    ("boot_time=", "4 3"),
    ("@timestamp=", ""),
    ("-boot_time=20", "5 4 3 1"),
    ("priority=50", "4"),
    ("job_id=3", "3"),
    ("kernel=' OR 1=1 --", ""),
]


@pytest.mark.parametrize(("query", "expected"), BOOTED)
def test_filters_find_boots(labs: Database, query: str, expected: str) -> None:
    """Several values of one name are alternatives, several names all must be so; a dash is not, a tilde a part."""
    assert expected == found(labs, BOOTS, query, "job_id")


TESTED: list[tuple[str, str]] = [
    ("", "3:kunit:case-2 3:kunit:case-1 2:ltp:case-2 2:ltp:case-1 1:dmesg:case-1 1:ltp:case-2 1:ltp:case-1"),
    ("result=fail", "1:ltp:case-2"),
    ("result=fail&result=error", "3:kunit:case-2 1:ltp:case-2"),
    ("-result=pass", "3:kunit:case-2 3:kunit:case-1 1:ltp:case-2"),
    ("suite=dmesg", "1:dmesg:case-1"),
    ("suite=ltp&boot_result=fail", "2:ltp:case-2 2:ltp:case-1"),
    ("~result=FAI", "1:ltp:case-2"),
    ("result=", ""),
    ("name=case-2&lab=lab-a", "2:ltp:case-2 1:ltp:case-2"),
    ("name=case-1&suite=ltp&result=pass", "2:ltp:case-1 1:ltp:case-1"),
]


@pytest.mark.parametrize(("query", "expected"), TESTED)
def test_filters_find_tests(labs: Database, query: str, expected: str) -> None:
    """A test is found by what it is and by the boot that it was part of."""
    rows = zip(*(found(labs, TESTS, query, name).split() for name in ("job_id", "suite", "name")), strict=True)

    assert expected == " ".join(map(":".join, rows))


def test_builds_and_what_only_their_documents_say(database: Database) -> None:
    """Fields without a column are shown as they were sent; a link is made of others."""
    make_build(database, 1, errors=3, document={"build_platform": ["Linux", "x"], "build_log": "b.log"})
    make_build(database, 2, file_server_url="https://x/", file_server_resource="/a/b", document={"build_log": "b.log"})

    assert "1" == found(database, BUILDS, "build_errors>=1", "build_errors").replace("3", "1")
    assert "None ['Linux', 'x']" == found(database, BUILDS, "", "build_platform")
    assert "https://x/a/b/b.log None" == found(database, BUILDS, "", "log_href")
    assert "/runs/a%20run%2Fof%20kernels/jobs/build%202/" == found(database, BUILDS, "", "href").split()[0]


def test_words_are_found_in_lines_of_logs(database: Database) -> None:
    """All of the words, one of several, none of them, or a phrase; in lines of a level, of boots that match."""
    job_id = make_boot(database, 1)
    make_lines(database, job_id, [("error", "a bus hung"), ("warning", "no bus at all"), ("error", "Kernel panic")])

    assert "2 1" == found(database, LOGS, "", "lineno", words="bus")
    assert "3 1" == found(database, LOGS, "lvl=error", "lineno")
    assert "3 1" == found(database, LOGS, "", "lineno", words="panic OR hung")
    assert "2" == found(database, LOGS, "", "lineno", words="bus -hung")
    assert "1 2 3" == found(database, LOGS, "lab=lab-a&board=rpi4", "lineno", sort="lineno")
    with pytest.raises(Invalid, match="boots have no text"):
        found(database, BOOTS, "", "job_id", words="x")


@pytest.mark.parametrize(("since", "until", "expected"), [(3, None, "5 4 3"), (None, 3, "2 1"), (2, 4, "3 2")])
def test_a_stretch_of_time_begins_with_its_first_moment(
    labs: Database, since: int | None, until: int | None, expected: str
) -> None:
    """From a moment on, and until before another."""
    moments = {name: NOW + datetime.timedelta(seconds=at) for name, at in (("since", since), ("until", until)) if at}

    assert expected == found(labs, BOOTS, "", "job_id", **moments)


SORTED: list[tuple[str, str]] = [
    ("@timestamp", "1 2 3 4 5"),
    ("-@timestamp", "5 4 3 2 1"),
    ("boot_time", "3 4 1 5 2"),
    ("-boot_time", "2 5 1 4 3"),
    ("board", "5 1 2 3 4"),
    ("-tree", "5 4 3 2 1"),
]


@pytest.mark.parametrize(("sort", "expected"), SORTED)
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_follow_each_other_whatever_the_order(labs: Database, sort: str, expected: str, limit: int) -> None:
    """From place to place all rows come once, in the order that was asked for; what nobody said comes first."""
    asked, after, seen = Asked(sort=sort, names=("job_id",)), "", []
    for _ in range(5 // limit + 1):
        part = Part(limit, 0, after)
        page = read(labs, lambda session, part=part: search.page(session, BOOTS, asked, part))  # type: ignore[misc]
        seen += [row["job_id"] for row in page.rows]
        after = page.after or ""
        if not after:
            break

    assert expected == " ".join(seen)
    assert expected.split()[2:4] == found(labs, BOOTS, "", "job_id", part=Part(2, 2), sort=sort).split()


def test_pages_of_tests_and_lines_follow_each_other(labs: Database) -> None:
    """Rows of one moment are told apart by their own numbers."""
    make_lines(labs, make_boot(labs, 6), [("error", "x")] * 5)

    for source, name, expected in ((TESTS, "id", 7), (LOGS, "lineno", 5)):
        after, seen = "", []
        while len(seen) <= expected:
            part, asked = Part(2, 0, after), Asked(names=(name,))
            page = read(labs, lambda s, source=source, a=asked, p=part: search.page(s, source, a, p))  # type: ignore[misc]
            seen += [row[name] for row in page.rows]
            if page.after is None:
                break
            after = page.after
        assert expected == len(set(seen)) == len(seen)
        assert seen == sorted(seen, reverse=True)


def test_what_is_counted_is_exact_or_more_than_so_many(labs: Database) -> None:
    """Counting ends where it is told to; what suites have counted already is exact."""
    assert Count(2, exact=False) == read(labs, lambda s: search.count(s, BOOTS, Asked(), 2))
    assert Count(5) == read(labs, lambda s: search.count(s, BOOTS, Asked(), 5))
    assert Count(7) == read(labs, lambda s: search.count(s, TESTS, Asked(), 2))
    named = Asked([Wanted("name", "in", ("case-1",))])
    assert Count(2, exact=False) == read(labs, lambda s: search.count(s, TESTS, named, 2))


REFUSED: list[tuple[Source, Asked, str]] = [
    (BOOTS, Asked([Wanted("boot_result", "in", ("green",))]), "boot_result is one of pass, fail"),
    (BOOTS, Asked([Wanted("nope", "in", ("x",))]), "boots cannot be asked for by nope"),
    (BOOTS, Asked([Wanted("boot_time", "in", ("long",))]), "boot_time must be a number, not 'long'"),
    (BOOTS, Asked([Wanted("boot_time", "gte", ("nan",))]), "boot_time must be a number"),
    (BOOTS, Asked([Wanted("boot_time", "contains", ("1",))]), "boot_time is no text"),
    (BOOTS, Asked([Wanted("job", "in", ("a\0",))]), "NUL"),
    (BOOTS, Asked([Wanted("job", "contains", ("a\0",))]), "NUL"),
    (BOOTS, Asked([Wanted("job", "like", ("a",))]), "job cannot be asked for by like"),
    (BOOTS, Asked([Wanted("@timestamp", "in", ("2026",))]), "since and until"),
    (BOOTS, Asked([Wanted("job", "in", ("x",) * 201)]), "at most 200 values"),
    (BOOTS, Asked(sort="run"), "boots cannot be asked for by run"),
    (BUILDS, Asked(sort="host"), "nothing can be sorted by host"),
    (TESTS, Asked([Wanted("result", "in", ("green",))]), "result is one of"),
    (LOGS, Asked(words="a\0"), "NUL"),
]


@pytest.mark.parametrize(("source", "asked", "message"), REFUSED)
def test_what_cannot_be_is_refused_by_name(database: Database, source: Source, asked: Asked, message: str) -> None:
    """Whatever is wrong with a question, the answer names it."""
    with pytest.raises(Invalid, match=message):
        read(database, lambda session: search.page(session, source, asked, ALL))


@pytest.mark.parametrize("after", ["", "x", "ä", "W10", "WyJAdGltZXN0YW1wIix0cnVlLDEsMl0", "bnVsbA"])
def test_a_place_of_another_list_is_refused(labs: Database, after: str) -> None:
    """What nobody was given, or was given in another order, is no place."""
    page = read(labs, lambda s: search.page(s, BOOTS, Asked(sort="board"), Part(1)))

    with pytest.raises(Invalid, match="after is no place in this list"):
        read(labs, lambda s: search.page(s, BOOTS, Asked(), Part(1, 0, after or str(page.after))))


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.name)
def test_every_field_can_be_shown_and_whatever_can_be_asked_for_sorted_by(database: Database, source: Source) -> None:
    """All at once, and each with its opposite, on an empty database and without a fault."""
    asked = Asked(names=tuple(source.names))
    read(database, lambda s: search.page(s, source, asked, ALL))
    for name in source.asked:
        wanted = [Wanted(name, "exists", ("true",)), Wanted(name, "exists", ("false",))]
        for sort in (name, f"-{name}"):
            both = Asked(wanted, sort=sort, names=(name,))
            assert [] == read(database, lambda s, both=both: search.page(s, source, both, ALL)).rows  # type: ignore[misc]
