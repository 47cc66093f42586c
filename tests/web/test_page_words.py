"""How values are written on pages."""

import datetime
from typing import Any

import pytest

from paddles.web import page_words as words

EARLY = datetime.datetime(2026, 1, 31, 23, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))


@pytest.mark.parametrize(
    ("word", "kind"),
    [("PASS", "pass"), ("finished dead", "dead"), ("finished fail", "fail"), ("not run", "skip"), ("Offline", "dead"),
     ("", "unknown"), (None, "unknown"), ("<script>", "unknown"), ("open", "fail"), ("QUEUED", "queued")],
)  # fmt: skip
def test_every_word_has_a_way_to_be_shown(word: Any, kind: str) -> None:
    """Those of all faces in letters of either size, and any other as unknown."""
    assert kind == words.kind(word)


@pytest.mark.parametrize(
    ("moment", "iso", "utc"),
    [
        (EARLY, "2026-01-31T22:30:00Z", "2026-01-31 22:30 UTC"),
        ("2026-01-31 22:30:00.5+00", "2026-01-31T22:30:00Z", "2026-01-31 22:30 UTC"),
        ("2026-01-31 22:30:00", "2026-01-31T22:30:00Z", "2026-01-31 22:30 UTC"),
        (None, "", words.NONE),
        ("soon", "", words.NONE),
        (17, "", words.NONE),
    ],
)
def test_moments_are_written_in_utc(moment: Any, iso: str, utc: str) -> None:
    """Whatever zone they came in, and as rows write them, too."""
    assert (iso, utc) == (words.iso(moment), words.utc(moment))


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0:00:00"), (59.9, "0:00:59"), (3661, "1:01:01"), (360000, "100:00:00"), (-61, "-0:01:01"),
     (datetime.timedelta(hours=25), "25:00:00"), (None, words.NONE), (float("nan"), words.NONE), (True, words.NONE)],
)  # fmt: skip
def test_stretches_of_time(seconds: Any, written: str) -> None:
    """Hours, minutes and seconds."""
    assert written == words.span(seconds)


def test_what_lies_between_two_moments() -> None:
    """Seconds, and nothing where one of them is not known."""
    assert 60 == words.between("2026-01-31 22:29:00", EARLY)
    assert words.between(None, EARLY) is None is words.between(EARLY, "soon")


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [(0, 0, words.NONE), (0, 5, "0 %"), (5, 5, "100 %"), (99_999, 100_000, "99.9 %"), (1, 3, "33.3 %")],
)
def test_nearly_all_is_not_all(part: int, whole: int, written: str) -> None:
    """A hundred percent is said of all alone."""
    assert written == words.share(part, whole)


@pytest.mark.parametrize(
    ("number", "written"), [(1234567, "1\u202f234\u202f567"), (0.5, "0.50"), (3.0, "3"), (None, words.NONE), ("x", "x")]
)
def test_numbers(number: Any, written: str) -> None:
    """In groups of three."""
    assert written == words.count(number)


@pytest.mark.parametrize(
    "address",
    ["javascript:x", "JaVaScRiPt:x", " data:text/html,x", "//evil.example/", "/\\evil.example", "vbscript:x", "", None],
)  # fmt: skip
def test_links_lead_nowhere_else(address: Any) -> None:
    """What is neither http, https nor an address of ours is no link."""
    assert "" == words.web(address)


@pytest.mark.parametrize("address", ["https://example.org/a?b#c", "HTTP://example.org", "/runs/", "?a=b", "#L1"])
def test_links_of_the_web(address: str) -> None:
    """Others are as they were."""
    assert address == words.web(address)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (0, "0 jobs"),
        (1, "1 job"),
        (2, "2 jobs"),
        (1000, "1\N{NARROW NO-BREAK SPACE}000 jobs"),
        (None, "\N{EN DASH} jobs"),
    ],
)
def test_so_many_in_words(number: int | None, told: str) -> None:
    """One of something is called otherwise than several."""
    assert told == words.many(number, "job")


def test_what_several_are_called_may_be_said() -> None:
    """Where an s does not make it."""
    assert ["1 job waits", "2 jobs wait"] == [words.many(each, "job waits", "jobs wait") for each in (1, 2)]
    assert "machine" == words.singular("machines")
