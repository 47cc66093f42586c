"""``/workers/`` as pages: machines that pull their work, and what they have of it."""

from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.settings import Settings
from tests.controllers.jobserv.test_workers import ROOM, SAID, asked, given, registered, spoken, wanting
from tests.controllers.jobserv.wire import Api
from tests.controllers.kernelci.wire import make_person
from tests.controllers.pages.parsing import BROWSER, harmless, links, page, told
from tests.controllers.test_statements import counted

EVIL = "<script>alert(1)</script>{{ 7*7 }}"
STATEMENTS = {"/workers/": 1, "/workers/?online=yes&host_tags=x": 1, "/workers/w1/": 3}


@pytest.fixture
def api(database: Database, settings: Settings) -> Api:
    """A service with a worker that has a run, had another one, and one that was never enlisted."""
    made = Api(database, settings)
    made.project("f/app")
    registered(made, "w1", host_tags="x")
    made.build("f/app", wanting(2))
    first = given(made)
    assert first is not None
    spoken(made, first)
    spoken(made, first, "PASSED")
    second = given(made)
    assert second is not None
    spoken(made, second)
    bad = {"distro": EVIL, "cpu_type": EVIL, "host_tags": [EVIL]}
    made.client.send("POST", "/workers/w2/", {**SAID, **bad}, status=201)
    return made


def names(api: Api, asked: str) -> list[str]:
    """Return the machines that the list shows."""
    rows = page(api.client, f"/workers/{asked}").find_all("tr", attrs={"data-row": True})
    return [row.find("td", attrs={"data-label": "Name"}).get_text().strip() for row in rows]


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("", "w1 w2"),
        ("?online=yes", "w1"),
        ("?online=no", "w2"),
        ("?enlisted=no", "w2"),
        ("?host_tags=x", "w1"),
        ("?-host_tags=x", "w2"),
        ("?~name=2", "w2"),
        ("?concurrent_runs>=3", ""),
        ("?sort=-name", "w2 w1"),
    ],
)
def test_machines_are_found(api: Api, asked: str, wanted: str) -> None:
    """By what they say of themselves, and by whether they were heard of lately."""
    assert wanted.split() == names(api, asked)


def test_a_machine_has_runs(api: Api) -> None:
    """The one that it has and the one that it had, each with its project and build; and how it is."""
    shown = page(api.client, "/workers/w1/")
    now, then = (table.find_all("tr", attrs={"data-row": True}) for table in shown.find_all("table"))

    assert ["r1"] == [row.find("td").get_text().strip() for row in now]
    assert ["r0"] == [row.find("td").get_text().strip() for row in then]
    there = {"/projects/f/app/", "/projects/f/app/builds/1/", "/projects/f/app/builds/1/runs/r1/"}
    assert there <= set(links(shown))
    assert "37.3 GiB free" in told(shown)
    assert "/workers/w1/" in links(page(api.client, "/projects/f/app/builds/1/runs/r1/"))


def test_a_page_gives_no_work(api: Api) -> None:
    """Whoever looks at a machine takes no run, and is no sign of life of it; programs with its key are given one."""
    api.build("f/app", wanting(1))
    transact(api.database, lambda session: session.execute(text("UPDATE machines SET checked_in = NULL")))

    assert "offline" in told(page(api.client, "/workers/w1/"))

    assert ["w1", "w2"] == names(api, "?online=no")
    assert "run-defs" in asked(api, "/workers/w1/", ROOM)


def test_programs_are_answered_as_ever(api: Api) -> None:
    """Whatever they ask: JSON, and 401 without a key."""
    assert ["w1", "w2"] == [each["name"] for each in api.get("/workers/")["workers"]]
    api.get("/workers/w1/", status=401)


def test_what_strangers_say_is_text(api: Api) -> None:
    """Of a machine, of its tags, and in the address."""
    shown = page(api.client, "/workers/w2/")
    assert 3 <= told(shown).count(EVIL.lower()) + told(shown).count(EVIL)
    harmless(page(api.client, "/workers/"))
    for name in ("online", "~distro", "sort", "nothing", "after", "host_tags"):
        answer = api.client.get(f"/workers/?{name}={quote(EVIL)}", headers=BROWSER, status="*")
        assert answer.status_int in (200, 400)
        harmless(answer.html)


def test_a_machine_that_there_is_not(api: Api) -> None:
    """404, also one that was removed."""
    api.client.send("DELETE", "/workers/w2/", HTTP_AUTHORIZATION=f"Token {SAID['api_key']}", status=200)

    for name in ("w2", "w9", quote(EVIL, safe="")):
        api.client.get(f"/workers/{name}/", headers=BROWSER, status=404)


def test_who_may_read_them(database: Database, settings: Settings) -> None:
    """Whoever JobServ's interface answers."""
    closed = Api(database, settings, jobserv_access="closed")
    closed.client.get("/workers/", headers=BROWSER, status=403)
    asking = Api(database, settings, jobserv_access="token")
    ann: Any = make_person(database, settings, "ann")
    asking.client.get("/workers/w1/", headers=BROWSER, status=401)
    asking.client.get("/workers/", headers={**BROWSER, "Authorization": f"Bearer {ann.token}"}, status=200)


@pytest.mark.parametrize("path", STATEMENTS)
def test_pages_take_few_statements(api: Api, path: str) -> None:
    """However much there is."""
    for number in range(3):
        registered(api, f"more{number}", host_tags="x")
        api.build("f/app", wanting(2))
    with counted() as statements:
        page(api.client, path)

    assert STATEMENTS[path] == len(statements)
