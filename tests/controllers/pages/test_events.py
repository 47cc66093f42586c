"""``/latest/events`` as a page: what has happened, the newest first, and where it leads."""

from typing import Any
from urllib.parse import quote

import pytest

from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.events import log
from tests.client import Client
from tests.controllers.pages.parsing import BROWSER, links, page, told
from tests.controllers.pages.test_hostile_runs import HOSTILE
from tests.controllers.test_statements import counted
from tests.waiting import until

PATIENCE_S = 120
NODE = "a" * 24
# Channel, type, subject and data of events; where each leads.
ABOUT = (
    ("node", "node.updated", f"node/{NODE}", {"id": NODE, "name": "login"}, f"/latest/node/{NODE}"),
    ("run", "run.created", "runs/a/b c", {"run": "a/b c"}, "/runs/a%2Fb%20c/"),
    ("job", "job.fail", "runs/a/b c/jobs/1/2", {"run": "a/b c", "job": "1/2"}, "/runs/a%2Fb%20c/jobs/1%2F2/"),
    ("machine", "machine.locked", "nodes/m/1", {"machine": "m/1"}, "/nodes/m%2F1/"),
    ("queue", "queue.paused", "queue/q 1", {"queue": "q 1", "by": "x"}, "/queue/?queue=q+1"),
    ("regression", "regression.changed", "regressions/7", {"id": 7}, "/regressions/7"),
    ("project", "project.created", "projects/f/a b", {"project": "f/a b"}, "/projects/f/a%20b/"),
    ("node", "node.updated", "node/../../x", {"id": "../../x"}, ""),
    ("anything", "x", "anything", "text alone", ""),
    ("anything", "x", "runs/elsewhere", {"run": 5}, ""),
)


def tell(database: Database, events: Any) -> None:
    """Have things happen, one after the other."""

    def work(session: Session) -> None:
        for channel, type_, subject, data, *owner in events:
            log.append(session, channel, type_, subject, data, owner=owner[0] if owner else None)

    transact(database, work)


def settled(client: Client, many: int) -> None:
    """Wait until so many events can be read, which a transaction that is open anywhere on the server holds back."""
    until(lambda: many == len(client.get("/latest/events").json), PATIENCE_S)


def rows(soup: Any) -> list[Any]:
    """Return the rows of the table of events."""
    return list(soup.find("section", id="list").find_all("tr", {"data-row": True}))


def test_events_lead_to_what_they_are_about(client: Client, database: Database) -> None:
    """Whatever their subjects hold; the newest comes first, and one that is about nothing of ours leads nowhere."""
    tell(database, [each[:4] for each in ABOUT])
    settled(client, len(ABOUT))
    soup = page(client, "/latest/events")

    about = [row.find("td", {"data-label": "About"}) for row in rows(soup)]
    assert [each[4] for each in reversed(ABOUT)] == [cell.a["href"] if cell.a else "" for cell in about]
    assert "machine m/1" in told(soup)
    assert "login" in told(soup)
    assert "text alone" in told(soup)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["run.created", "node.updated", "node.created"]),
        ("channel=node", ["node.updated", "node.created"]),
        ("op=created&kind=job", ["node.created"]),
        ("state=done&result=pass", ["node.updated"]),
        ("owner=ann", ["node.created"]),
        ("data.deep.er=1", ["node.created"]),
        ("from=2999-01-01", []),
        ("until=2020-01-01T00:00", []),
        ("from=2020-01-01&until=2999-01-01", ["run.created", "node.updated", "node.created"]),
        ("limit=1", ["run.created"]),
        ("nothing=1", ["run.created", "node.updated", "node.created"]),
    ],
)
def test_events_are_filtered(client: Client, database: Database, asked: str, found: list[str]) -> None:
    """As in the JSON, which is the same the other way round; what means nothing is said."""
    job = {"op": "created", "kind": "job", "deep": {"er": "1"}}
    over = {"op": "updated", "kind": "test", "state": "done", "result": "pass"}
    tell(database, [("node", "node.created", "n", job, "ann"), ("node", "node.updated", "n", over)])
    tell(database, [("run", "run.created", "runs/r", {"run": "r"})])
    settled(client, 3)
    soup = page(client, f"/latest/events?{asked}")

    assert found == [row.find("td", {"data-label": "Event"}).get_text() for row in rows(soup)]
    if "limit" not in asked:
        json = soup.find("a", rel="alternate")["href"]
        assert found == [each["type"] for each in reversed(client.get(f"/latest/events{json}").json)]
    assert ("ignored: nothing" in told(soup)) == ("nothing" in asked)
    for chip in soup.find_all("ul", class_="chips"):
        for drop in chip.find_all("a"):
            page(client, f"/latest/events{drop['href']}" if drop["href"].startswith("?") else drop["href"])


def test_the_history_goes_on(client: Client, database: Database) -> None:
    """Behind the last event of a page, each event once."""
    tell(database, [("c", f"t{place}", "s", {}) for place in range(5)])
    settled(client, 5)
    seen, address = [], "/latest/events?limit=2"
    while address:
        soup = page(client, address)
        seen += [row.find("td", {"data-label": "Event"}).get_text() for row in rows(soup)]
        following = soup.find("a", rel="next")
        address = f"/latest/events{following['href']}" if following else ""

    assert ["t4", "t3", "t2", "t1", "t0"] == seen


def test_what_was_done_to_accounts_is_not_told(client: Client, database: Database) -> None:
    """As in the JSON: superusers follow it with a token."""
    tell(database, [(log.AUDIT, "user.created", "/users/1", {"by": "root"}), ("c", "t", "s", {})])
    settled(client, 1)

    assert "user.created" not in page(client, "/latest/events?channel=audit").find("main").get_text()


def test_much_is_shown_of_one_event_alone(client: Client, database: Database) -> None:
    """Among many a large one leads to itself; what is nested too deep is told."""
    deep: Any = {}
    for _ in range(150):
        deep = {"a": deep}
    tell(database, [("c", "large", "s", {"text": "x" * 20_000}), ("c", "deep", "s", deep), ("c", "t", "s", {"a": 1})])
    settled(client, 3)
    soup = page(client, "/latest/events")

    assert "x" * 20_000 not in told(soup)
    assert "too many to be shown here" in told(soup)
    assert "nested too deep" in told(soup)
    alone = next(to for to in links(soup) if soup.find("a", href=to).get_text() == "large")
    assert "x" * 20_000 in told(page(client, alone))


def test_the_history_takes_one_statement(client: Client, database: Database) -> None:
    """However much has happened, and one more for a place in it."""
    tell(database, [("node", "t", f"node/{NODE}", {"id": NODE, "run": "r"}) for _ in range(60)])
    settled(client, 60)
    with counted() as first:
        soup = page(client, "/latest/events")
    with counted() as second:
        page(client, f"/latest/events{soup.find('a', rel='next')['href']}")

    assert (1, 2) == (len(first), len(second))


@pytest.mark.parametrize("asked", ["id=x", "ids=,", "from=x", "until=x", "before=x", "path=(", "limit=x", "id=x&ids=y"])
def test_what_cannot_be_asked(client: Client, asked: str) -> None:
    """It is 400, as a page."""
    assert "text/html" == client.get(f"/latest/events?{asked}", headers=BROWSER, status=400).content_type


@pytest.mark.parametrize("text", HOSTILE)
def test_what_strangers_say_is_text(client: Client, database: Database, text: str) -> None:
    """In every part of an event, and in what is asked for."""
    data = {**dict.fromkeys(("name", "kind", "state", "result", "op", "run", "machine", "queue", "project"), text)}
    data |= {text: [text, {text: text}], "id": text}
    said = [(channel, start) for channel in (text, "node", "job") for start in ("", "node/", "runs/", "nodes/")]
    tell(database, [(channel, text, f"{start}{text}", data, text) for channel, start in said])
    settled(client, len(said))
    asked = quote(text, safe="")
    for address in (
        *(
            "/latest/events",
            f"/latest/events?channel={asked}&{asked}={asked}",
            f"/latest/events?owner={asked}&kind={asked}",
        ),
        *(f"/latest/events?data.name={asked}&data.{asked}={asked}", f"/latest/events?name={asked}"),
    ):
        assert "5332114" not in page(client, address).find("main").get_text()
    assert text.strip() in page(client, "/latest/events").find("main").get_text()
