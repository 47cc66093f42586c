"""What a definition watches, when its schedules come, and what is shown to which server."""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from paddles.projects import git, schedules, watched
from tests.projects.definitions import definition, trigger

UTC = datetime.UTC
BERLIN = ZoneInfo("Europe/Berlin")


def poller(name: str = "main", **params: str) -> Any:
    """Return a trigger that polls."""
    return trigger(name, type="git_poller", params=params)


def test_params_of_the_project_are_those_of_its_triggers() -> None:
    """Unless these say otherwise."""
    one, two = poller("one"), poller("two", GIT_URL="http://b/")
    found = watched.watched(definition(one, two, params={"GIT_URL": "http://a/", "GIT_POLL_REFS": "x,y"}))

    assert {"http://a/": ["one"], "http://b/": ["two"]} == {url: [w.name for w in who] for url, who in found.items()}
    assert ["x", "y"] == found["http://a/"][0].patterns


@pytest.mark.parametrize(
    ("refs", "seen"),
    [
        ("refs/heads/main refs/heads/r-1", ["refs/heads/main", "refs/heads/r-1"]),
        ("refs/heads/main,refs/heads/r-1", ["refs/heads/main", "refs/heads/r-1"]),
        ("refs/heads/r-*, ", ["refs/heads/r-1"]),
        ("refs/*", ["refs/heads/main", "refs/heads/r-1", "refs/tags/v1"]),
        ("main", ["refs/heads/main"]),
        ("r-?\nrefs/tags/v*", ["refs/heads/r-1", "refs/tags/v1"]),
        ("nope", []),
        ("", []),
    ],
)
def test_refs_are_lists_and_globs(refs: str, seen: list[str]) -> None:
    """With blanks or commas between; a branch may go by its name alone."""
    watches = watched.watched(definition(poller(GIT_URL="http://a/", GIT_POLL_REFS=refs))).get("http://a/", [])

    named = ("refs/heads/main", "refs/heads/r-1", "refs/tags/v1")
    assert seen == [ref for ref in named if watched.watchers(watches, ref)]


@pytest.mark.parametrize(
    ("message", "skipped"),
    [("x [skip ci]", True), ("x\n\n[ci skip] y", True), ("[SKIP CI]", True), ("skip ci", False), ("", False)],
)
def test_messages_that_ask_for_no_build(message: str, skipped: bool) -> None:
    """Wherever it stands."""
    assert skipped == watched.skipped(message)


def test_there_is_an_end_to_what_is_watched() -> None:
    """However much a definition names."""
    urls = " ".join(f"http://x/{n}" for n in range(watched.MOST_URLS + 1))
    refs = " ".join(map(str, range(watched.MOST_PATTERNS + 1)))
    found = watched.watched(definition(poller(GIT_URL=urls, GIT_POLL_REFS=refs)))

    assert watched.MOST_URLS == len(found)
    assert watched.MOST_PATTERNS == len(found["http://x/0"][0].patterns)


@pytest.mark.parametrize(
    ("url", "secrets", "shown"),
    [
        ("https://x/", {}, {}),
        ("https://x/", {"githubtok": "t"}, {}),
        ("https://github.com/x", {"githubtok": "t"}, {"Authorization": "Basic eC1hY2Nlc3MtdG9rZW46dA=="}),
        ("https://gitlab.com/x", {"gitlabtok": "t", "gitlabuser": "u"}, {"Authorization": "Basic dTp0"}),
        ("https://gitlab.x/x", {"gitlabtok": "t"}, {"Authorization": "Basic b2F1dGgyOnQ="}),
        ("https://x/", {"git.http.extraheader": "PRIVATE-TOKEN: t\n"}, {"PRIVATE-TOKEN": "t"}),
        ("https://github.com/", {"git.http.extraheader": "A:b", "githubtok": "t"}, {"A": "b"}),
    ],
)
def test_what_is_shown_to_a_server(url: str, secrets: dict[str, str], shown: dict[str, str]) -> None:
    """A token to hosts of its forge alone, a header to all."""
    assert shown == git.headers(url, secrets)


@pytest.mark.parametrize("value", ["", "x", "A: b\r\nC: d", "A b: c", "A: \xe9"])
def test_a_header_that_is_none_is_refused(value: str) -> None:
    """And not said, since it is a secret."""
    with pytest.raises(git.Unread) as caught:
        git.headers("https://x/", {"git.http.extraheader": value})
    assert "A: b" not in str(caught.value)


def test_a_schedule_is_of_a_time_zone() -> None:
    """In which a day may have another length."""
    nightly = definition(trigger("n", type="schedule", cron="0 6 * * *"))
    before = datetime.datetime(2026, 3, 28, 12, tzinfo=UTC)

    plan = schedules.plan(nightly, None, before, BERLIN)
    assert ([], datetime.datetime(2026, 3, 29, 4, tzinfo=UTC)) == plan


def test_those_start_whose_time_has_come() -> None:
    """Each once, whichever was the first; the next is the earliest."""
    often, seldom = (
        trigger("often", type="schedule", cron="*/5 * * * *"),
        trigger("seldom", type="schedule", cron="0 0 1 1 *"),
    )
    now = datetime.datetime(2026, 6, 1, 12, 17, tzinfo=UTC)
    plan = schedules.plan(definition(often, seldom), now - datetime.timedelta(hours=3, minutes=2), now, BERLIN)

    assert [("often", "*/5 * * * *")] == plan.starts
    assert now.replace(minute=20) == plan.due
    assert ([], None) == schedules.plan(definition(), now, now, BERLIN)
