"""Another paddles as a source: what one service was sent, a feed of another one fetches from it."""

import datetime
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from sqlalchemy import text

from paddles.app import serve
from paddles.archive import contents, files
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.feeds import feeding, instances, records
from paddles.feeds.fetching import Site as Client
from paddles.feeds.instances import Instance
from paddles.feeds.legacy import Legacy
from paddles.feeds.posting import Posting, Rhythm
from paddles.feeds.records import Outcome
from paddles.feeds.sources import Missing, Unreached, Wanted
from paddles.ingest import intake
from paddles.settings import Settings
from tests.client import Client as Asker
from tests.conftest import NOW
from tests.feeds.site import Site, boot, build, lava
from tests.sweep.forge import working

EARLIER = "2026-01-01T00:00:00Z"


class Quiet(WSGIRequestHandler):
    """Says nothing of requests."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(database: Database, settings: Settings) -> Iterator[str]:
    """The service at an address."""
    with make_server("127.0.0.1", 0, serve(database, settings), handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def sent(database: Database, settings: Settings, kind: str, said: Any, now: datetime.datetime = NOW) -> str:
    """Have a document be received, and return its SHA-256."""
    prepared = intake.prepare(kind, json.dumps(said).encode())

    def work(session: Session) -> None:
        files.expect(session, {prepared.digest: len(prepared.content)}, now)
        intake.receive(session, prepared, now)

    transact(database, work)
    contents.keep(contents.store(settings), prepared.content)
    return prepared.digest.hex()


def other(url: str, how_many: int = 0) -> Instance:
    """Return a service as a source of the last two days."""
    return Instance(Client(lambda _s: None, 100_000), url, "", Wanted(2, how_many), NOW)


def test_what_one_was_sent_another_fetches(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Documents of the last days, page by page, each as it is kept, with its lab."""
    monkeypatch.setattr(instances, "PAGE", 2)
    names = [sent(database, settings, kind, said) for kind, said in (
        ("build", build(1)), ("lava", lava(1)), ("boot", boot(1)), ("build", build(2)), ("build", build(3)),
    )]  # fmt: skip
    sent(database, settings, "build", build(9), NOW - datetime.timedelta(days=3))
    with serving(database, settings) as url:
        one = other(url)
        found = list(one.found())

        assert names == [each.id for each in found]
        assert ["", "lab-a", "lab-baylibre-seattle", "", ""] == [each.lab for each in found]
        assert lava(1) == json.loads(one.fetch(found[1]))
        assert url.replace("http://", "paddles ") == one.name == other(url.replace("//", "//u:sesame@")).name
        assert [f"{url} offers documents"] == one.check()
        assert 3 == len(list(other(url, 1).found()))


def test_a_feeder_on_another_machine_posts_to_a_service(
    database: Database, settings: Settings, site: Site, source: Legacy
) -> None:
    """Each address answers ok first; what is posted twice, since nobody noted it, is kept once."""
    for kind in ("lava", "build", "boot"):
        site.has(kind, 1)
    with serving(database, settings) as url:
        addresses = {kind: f"{url}/ingest/{kind}" for kind in ("lava", "build", "boot")}
        client = Client(lambda _s: None, 100_000)
        posting = Posting(database, client, addresses, "", Rhythm(3, 100, 5), lambda _s: None)
        assert [f"{url} answers ok" for url in addresses.values()] == posting.check()
        for _ in range(2):
            total = feeding.feed(database, source, posting, lambda: NOW, lambda _found, _new: lambda _handled: None)
            assert (Outcome(created=3), "") == (total.outcome, total.fault)
            transact(database, lambda session: records.forget(session, NOW + datetime.timedelta(days=1), 100))

    kept = read(database, lambda session: session.execute(text("SELECT source FROM receipts")).all())
    assert ["boot", "build", "lava"] == sorted(row.source for row in kept)


def test_a_document_that_is_not_there_is_missing(database: Database, settings: Settings) -> None:
    """It may have been forgotten meanwhile."""
    sent(database, settings, "build", build(1))
    with serving(database, settings) as url:
        (found,) = other(url).found()

        with pytest.raises(Missing):
            other(url).fetch(found._replace(where=f"{url}/ingest/offered/{'0' * 64}"))


@pytest.mark.parametrize(
    "item",
    [
        {}, {"number": "1"}, {"number": True, "id": "a" * 64, "kind": "build"},
        {"number": 1, "id": "../x", "kind": "build"},
        {"number": 1, "id": "a" * 64, "kind": "kcidb"}, {"number": 0, "id": "a" * 64, "kind": "build"}, 7, None,
    ],
)  # fmt: skip
def test_an_answer_that_is_no_list_of_documents_is_said(item: Any) -> None:
    """Nor does a list that goes back go on for ever."""
    with working() as forge:
        forge.pages["/ingest/offered?since=2026-01-29T12%3A00%3A00Z&after=0&count=1000"] = {"items": [item]}

        with pytest.raises(Unreached):
            list(other(forge.url).found())


def test_offered_documents_are_bytes_as_they_are_kept(client: Asker, database: Database, settings: Settings) -> None:
    """By their SHA-256; a part of them, where that is asked for."""
    name = sent(database, settings, "build", build(1))

    shown = client.get(f"/ingest/offered?since={EARLIER}", status=200).json

    assert [{"number": shown["items"][0]["number"], "id": name, "kind": "build", "lab": "",
             "received": "2026-01-31T12:00:00.000000Z"}] == shown["items"]  # fmt: skip
    answer = client.get(f"/ingest/offered/{name}", status=200)
    assert build(1) == json.loads(answer.body)
    assert "application/json" == answer.content_type


@pytest.mark.parametrize("name", ["0" * 64, "x", "..", "%00", "a" * 63, "%C3%A9", "0" * 1000])
def test_what_is_not_offered_is_404(client: Asker, name: str) -> None:
    """Whatever it is called."""
    client.get(f"/ingest/offered/{name}", status=404)


@pytest.mark.parametrize(
    "query", ["", "since=x", "since=2026-01-01", "since=0001-01-01T00:00:00Z", f"since={EARLIER}&after=x",
              f"since={EARLIER}&count=-1"],
)  # fmt: skip
def test_a_bad_query_is_400(client: Asker, query: str) -> None:
    """It says which parameter is wrong."""
    message = client.get(f"/ingest/offered?{query}", status=400).json["message"]

    assert any(name in message for name in ("since", "after", "count"))


def test_sources_say_how_their_last_feed_went(client: Asker, database: Database) -> None:
    """Each with its counts; one at work has not ended."""
    assert {"items": []} == client.get("/ingest/sources", status=200).json

    def work(session: Session) -> None:
        feed_id = records.start(session, "kernelci-legacy", 5, 1, NOW)
        records.count(session, feed_id, records.Outcome(2, 1, 1))

    transact(database, work)

    assert [{
        "source": "kernelci-legacy", "begun": "2026-01-31T12:00:00.000000Z", "ended": None, "found": 5, "known": 1,
        "created": 2, "duplicates": 1, "failed": 1, "fault": "",
    }] == client.get("/ingest/sources", status=200).json["items"]  # fmt: skip
