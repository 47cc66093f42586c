"""The source ``kernelci-legacy``: the requests that the old site answers, and what becomes of its failures."""

import json

import pytest

from paddles.feeds import feeding
from paddles.feeds import legacy as module
from paddles.feeds.fetching import Site as Client
from paddles.feeds.legacy import Legacy
from paddles.feeds.sources import Found, Missing, Unreached, Wanted
from tests.feeds.conftest import legacy
from tests.feeds.site import Site, lava


def test_what_is_listed_is_found_where_the_storage_has_it(site: Site, source: Legacy) -> None:
    """Boots of labs with LAVA are what that said, those of the one without have their own documents."""
    for kind in ("lava", "boot", "build"):
        site.has(kind, 1)

    base = f"http://{site.host}/storage/mainline/master/v5.1-1/arm64"
    assert [
        Found("lava", "lava-1", "lab-a", f"{base}/lab-a/lava-json-board-1.json"),
        Found("boot", "boot-1", "lab-baylibre-seattle", f"{base}/lab-baylibre-seattle/boot-board-1.json"),
        Found("build", "build-1", "", f"{base}/build.json"),
    ] == list(source.found())


def test_a_document_is_fetched_as_it_is(site: Site, source: Legacy) -> None:
    """Byte by byte."""
    site.has("lava", 1)

    assert json.dumps(lava(1)).encode() == source.fetch(next(iter(source.found())))


def test_lists_are_asked_for_as_the_sites_own_pages_do(site: Site, source: Legacy) -> None:
    """Of the days that are wanted, the oldest first, in pages until one is empty."""
    site.has("build", 1)

    list(source.found())

    rest = "limit=1000&sort=created_on&sort_order=1"
    asked = [("boot", 0), ("build", 0), ("build", 1)]
    assert ["/", *(f"/_ajax/{kind}?date_range=2&skip={skip}&{rest}" for kind, skip in asked)] == site.asked


def test_pages_are_put_together(site: Site, source: Legacy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each begins where the one before it ended, whatever the site gives at once."""
    monkeypatch.setattr(module, "PAGE", 2)
    names = [site.has("build", number) for number in range(5)]

    assert names == [found.id for found in source.found()]


def test_a_list_without_end_ends(site: Site, source: Legacy) -> None:
    """A site that gives the same page again and again, whatever it was asked for, has given all."""
    site.endless = True
    names = [site.has("build", number) for number in range(2)]

    assert names == [found.id for found in source.found()]


@pytest.mark.parametrize("how_many", [1, 3, 9])
def test_no_more_are_listed_than_are_wanted(site: Site, waits: list[float], how_many: int) -> None:
    """Of each kind, and nothing is asked for beyond them."""
    for number in range(4):
        site.has("build", number)
        site.has("lava", number)

    found = list(legacy(site, waits, how_many).found())

    assert 2 * min(how_many, 4) == len(found)
    assert all(f"limit={how_many}" in path for path in site.asked if "_ajax" in path)


def test_an_expired_token_is_renewed(site: Site, source: Legacy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list goes on where it was, and nobody waits."""
    monkeypatch.setattr(module, "PAGE", 1)
    site.good_for = 1
    names = [site.has("build", number) for number in range(3)]

    assert names == [found.id for found in source.found()]
    assert site.tokens > 3


def test_a_token_that_is_never_good_is_given_up(site: Site, source: Legacy) -> None:
    """After five attempts; whoever asked is told what was answered."""
    site.good_for = 0

    with pytest.raises(Unreached, match="answers 400 after 5 attempts"):
        list(source.found())

    assert 5 == len([path for path in site.asked if path.startswith("/_ajax/boot")])


@pytest.mark.parametrize("path", ["/", "/_ajax/boot", "/storage/mainline/master/v5.1-1/arm64/build.json"])
def test_a_server_that_fails_is_asked_again(site: Site, source: Legacy, waits: list[float], path: str) -> None:
    """Five times, after 2, 4, 8, 16 and 32 seconds."""
    site.has("build", 1)
    site.failing[path] = [500, 502, 503, 429, 504]

    assert [b"{"] == [source.fetch(found)[:1] for found in source.found()]
    assert [2, 4, 8, 16, 32] == waits


def test_a_server_that_goes_on_failing_is_given_up(site: Site, source: Legacy, waits: list[float]) -> None:
    """After the sixth answer."""
    site.failing["/"] = [503] * 6

    with pytest.raises(Unreached, match="it answers 503"):
        list(source.found())

    assert [2, 4, 8, 16, 32] == waits


def test_nobody_there_is_said(waits: list[float]) -> None:
    """By its address, after all attempts."""
    client = Client(waits.append, 1000)
    source = Legacy(client, "http://127.0.0.1:1", "http://127.0.0.1:1", "lab", Wanted(2))

    with pytest.raises(Unreached, match=r"http://127\.0\.0\.1:1/"):
        source.check()

    assert [2, 4, 8, 16, 32] == waits


def test_what_the_storage_does_not_have_is_missing(site: Site, source: Legacy, waits: list[float]) -> None:
    """At once: asking again would not bring it."""
    site.has("build", 1, stored=False)

    with pytest.raises(Missing, match=r"build\.json: 404"):
        source.fetch(next(iter(source.found())))

    assert [] == waits


def test_too_much_is_not_taken(site: Site, waits: list[float]) -> None:
    """A document is bounded, whatever the server sends."""
    site.stored["/storage/x"] = b"x" * 2000
    source = Legacy(Client(waits.append, 1000), f"http://{site.host}", "", "lab", Wanted(2))

    with pytest.raises(Missing, match="more than 1000 bytes"):
        source.fetch(Found("build", "x", "", f"http://{site.host}/storage/x"))


@pytest.mark.parametrize("listed", [{}, {"_id": "x"}, {"_id": {"$oid": "x"}}, "text", None, 7])
def test_an_object_that_says_too_little_is_missing(site: Site, source: Legacy, listed: object) -> None:
    """It is found, fails when it is fetched, and keeps nobody from the others."""
    site.listed["build"] = [listed]  # type: ignore[list-item]
    name = site.has("build", 2)

    first, second = source.found()

    assert name == second.id
    assert "does not say" in feeding.fetched(source, first).fault


@pytest.mark.parametrize("base", ["../../etc", "//elsewhere.example/x", "http://elsewhere.example", "a?b#c", "a\r\nb"])
def test_a_listed_path_stays_at_the_storage(site: Site, source: Legacy, base: str) -> None:
    """Whatever an object says of itself, only the storage is asked."""
    site.listed["build"] = [{"_id": {"$oid": "x"}, "file_server_resource": base}]

    (found,) = source.found()

    assert found.where.startswith(f"http://{site.host}/storage/")
    with pytest.raises(Missing):
        source.fetch(found)


@pytest.mark.parametrize("page", [b"no JSON", b"[]", b'{"result": {}}', b"{}"])
def test_an_answer_that_is_no_list_is_said(page: bytes) -> None:
    """A page of the site where a list should be is not taken for a list without documents."""
    with pytest.raises(Unreached):
        module.listed("http://127.0.0.1/_ajax/boot", page)
