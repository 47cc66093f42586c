"""``/latest/nodes`` and ``/latest/node/<id>`` as pages: the same nodes as in the JSON, and what is around one."""

from typing import Any
from urllib.parse import quote

import orjson
import pytest
from sqlalchemy import text

from paddles.app import serve
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.settings import Settings
from tests.client import Client
from tests.controllers.kernelci.trees import CHECKOUT, MISSING, REVISION, make
from tests.controllers.kernelci.wire import Api, Person, make_person
from tests.controllers.pages.parsing import BROWSER, links, page, told
from tests.controllers.pages.test_hostile_runs import HOSTILE
from tests.controllers.test_statements import counted
from tests.waiting import until

PATIENCE_S = 120
STATEMENTS = {"list": 1, "further": 2, "one": 5}


@pytest.fixture
def api(client: Client) -> Api:
    """KernelCI's API, over an empty database."""
    return Api(client)


@pytest.fixture
def ann(database: Database, settings: Settings) -> Person:
    """Whose nodes these are."""
    return make_person(database, settings, "ann")


def below(parent: Any, *path: str, **said: Any) -> dict[str, Any]:
    """Return a node that is to be made below another."""
    data = {"kernel_revision": REVISION}
    return {"parent": parent["id"], "path": ["checkout", *path], "name": path[-1], "data": data, **said}


@pytest.fixture
def tree(api: Api, ann: Person) -> dict[str, dict[str, Any]]:
    """A checkout, a kernel of it, its job, two tests that ended and one that has not."""
    made = {"checkout": make(api, ann)}
    made["kernel"] = make(api, ann, **below(made["checkout"], "kbuild", kind="kbuild", state="done", result="pass"))
    made["job"] = make(api, ann, **below(made["kernel"], "kbuild", "baseline", kind="job"))
    over = {"kind": "test", "state": "done"}
    for name, more in (("login", {**over, "result": "pass"}), ("sleep", {**over, "result": "fail"}), ("boot", {})):
        made[name] = make(api, ann, **below(made["job"], "kbuild", "baseline", name, **{"kind": "test", **more}))
    return made


def settled(api: Api, asked: str, many: int) -> None:
    """Wait until so many events can be read, which a transaction that is open anywhere on the server holds back."""
    until(lambda: many == len(api.get(f"/latest/events?{asked}").json), PATIENCE_S)


def names(soup: Any) -> list[str]:
    """Return the names of the nodes in the table of a page."""
    return [row.find("a").get_text() for row in soup.find("section", id="list").find_all("tr", {"data-row": True})]


@pytest.mark.usefixtures("tree")
def test_nodes_are_listed(api: Api) -> None:
    """The newest first, each with its revision and a way to it."""
    soup = page(api.client, "/latest/nodes")

    assert ["boot", "sleep", "login", "baseline", "kbuild", "checkout"] == names(soup)
    assert "6 nodes" in told(soup)
    assert "mainline" in told(soup)
    assert "trees" == soup.body["data-topics"]
    assert ["Nodes"] == [a.get_text() for a in soup.find("header").find_all("a", {"aria-current": True})]


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("asked", "found", "chip"),
    [
        ("kind=test&result=fail", ["sleep"], "Result: fail"),
        ("state__ne=done&kind__in=job,test", ["boot", "baseline"], "State is not done"),
        ("data.kernel_revision.tree=mainline&kind=kbuild", ["kbuild"], "Tree: mainline"),
        ("name__re=^s", ["sleep"], "Name matches ^s"),
        ("sort=created&limit=2", ["checkout", "kbuild"], ""),
        ("offset=5", ["checkout"], ""),
        ("nothing=1", [], "nothing: 1"),
        ("result=null&kind=test", ["boot"], "Result: null"),
    ],
)
def test_the_filters_are_those_of_the_interface(api: Api, asked: str, found: list[str], chip: str) -> None:
    """The page has the nodes of the JSON; what they are narrowed by is said, and can be dropped."""
    soup = page(api.client, f"/latest/nodes?{asked}")

    assert found == names(soup)
    assert chip in told(soup)
    json = soup.find("a", rel="alternate")["href"]
    assert found == [node["name"] for node in api.get(f"/latest/nodes{json}", status=200).json["items"]]
    for each in soup.find_all("ul", class_="chips"):
        for drop in each.find_all("a"):
            page(api.client, f"/latest/nodes{drop['href']}" if drop["href"].startswith("?") else drop["href"])


@pytest.mark.usefixtures("tree")
def test_a_list_goes_on(api: Api) -> None:
    """Behind the last node of a page; how many there are is said on each."""
    first = page(api.client, "/latest/nodes?limit=4&kind__ne=job")
    following = first.find("a", rel="next")["href"]
    second = page(api.client, f"/latest/nodes{following}")

    assert (["boot", "sleep", "login", "kbuild"], ["checkout"]) == (names(first), names(second))
    assert "5 nodes" in told(first)
    assert "5 nodes" in told(second)
    assert second.find("a", rel="next") is None


def test_programs_are_answered_as_ever(api: Api, tree: dict[str, dict[str, Any]]) -> None:
    """With JSON, whatever they do not say; ``format=json`` is no filter; other versions have no pages."""
    one = f"/latest/node/{tree['job']['id']}"
    for accept in ("*/*", "application/json", ""):
        assert "baseline" == api.get(one, HTTP_ACCEPT=accept).json["name"]
    assert 6 == api.get("/latest/nodes", HTTP_ACCEPT="*/*").json["total"]
    assert 6 == api.get("/latest/nodes?format=json", HTTP_ACCEPT="text/html").json["total"]
    assert 0 == api.get("/latest/nodes?format=other").json["total"]
    assert 6 == api.get("/v0/nodes", HTTP_ACCEPT="text/html").json["total"]
    assert "text/html" == api.get(f"{one}?format=html").content_type
    assert api.get(f"/latest/node/{MISSING}").json is None


def test_a_node_and_what_is_around_it(api: Api, tree: dict[str, dict[str, Any]]) -> None:
    """What it is below, from the root on; what is below it, what failed first; how that ended."""
    soup = page(api.client, f"/latest/node/{tree['job']['id']}")

    above = soup.find("section", id="above")
    assert ["checkout", "kbuild"] == [each.get_text() for each in above.find_all("a")]
    under = soup.find("section", id="tree")
    assert ["sleep", "login", "boot"] == [each.get_text() for each in under.find_all("a")]
    assert "3 nodes: 1 pass 1 fail 1 running" in told(soup)
    assert "job of a result tree" in told(soup)
    top = page(api.client, f"/latest/node/{tree['checkout']['id']}")
    assert "5 nodes: 2 pass 1 fail 2 running" in told(top)
    assert top.find("section", id="above") is None


def test_artifacts_are_links_of_the_web_alone(api: Api, ann: Person, database: Database) -> None:
    """Others, which another service may have had, are as they were written."""
    node = make(api, ann)
    said = {
        "log": "https://files.example/log.txt",
        "odd": "javascript:alert(1)",
        "number": 1,
        "ours": "//evil.example/",
    }
    set_to = text("UPDATE nodes SET artifacts = CAST(:said AS jsonb)")
    transact(database, lambda session: session.execute(set_to, {"said": orjson.dumps(said).decode()}))
    soup = page(api.client, f"/latest/node/{node['id']}").find("section", id="artifacts")

    assert ["https://files.example/log.txt"] == [each["href"] for each in soup.find_all("a")]
    assert "javascript:alert(1)" in soup.get_text()


def test_data_are_yaml(api: Api, ann: Person) -> None:
    """In their order, without what is private to a job; what is said in them of a kernel stands above."""
    job = {"suite": "boot", "secrets": {"key": "hidden"}, "my_token": "hidden"}
    node = make(api, ann, kind="job", data={"kernel_revision": REVISION, "job": job, "platform": "rk3399"})
    soup = page(api.client, f"/latest/node/{node['id']}")

    text = soup.find("pre", class_="yaml").get_text()
    assert "kernel_revision:\n  url: https://x/y.git\n  tree: mainline" in text
    assert "suite: boot" in text
    assert "hidden" not in soup.get_text()
    assert "Platform rk3399" in told(soup)


def test_what_became_of_a_node(api: Api, ann: Person, tree: dict[str, dict[str, Any]]) -> None:
    """Its states and results by the events that tell of them, the newest first, each with a way to the event."""
    address = f"/latest/node/{tree['boot']['id']}"
    api.patch(address, {"state": "done", "result": "skip"}, token=ann.token)
    settled(api, f"node_id={tree['boot']['id']}", 2)
    soup = page(api.client, address).find("section", id="turns")

    cells = [row.find_all("td") for row in soup.find_all("tr") if row.find("td")]
    rows = [[cell.get_text(" ", strip=True) for cell in row] for row in cells]
    assert [("node.updated", "done", "skip"), ("node.created", "running", "")] == [tuple(row[1:4]) for row in rows]
    assert "0:00:00" == rows[1][4]
    events = [each["href"] for each in soup.find("tbody").find_all("a")]
    assert "node.updated" in told(page(api.client, events[0]))


def test_the_job_behind_a_node(api: Api, ann: Person) -> None:
    """The page leads to it."""
    node = make(api, ann, kind="job", name="baseline", path=["baseline"], data={"queue": "q", "job": {"suite": "s"}})
    soup = page(api.client, f"/latest/node/{node['id']}")

    (job,) = [to for to in links(soup) if to.startswith("/runs/")]
    page(api.client, job)
    assert "queued" in told(soup)


def test_parts_of_pages(api: Api, tree: dict[str, dict[str, Any]]) -> None:
    """Those that change are fetched alone, and are what stands on the page."""
    for path, parts in (
        (f"/latest/node/{tree['job']['id']}", ("facts", "tree", "turns")),
        ("/latest/nodes", ("list",)),
        ("/latest/events", ("list",)),
        ("/latest/groups", ("list",)),
    ):
        whole = api.client.get(path, headers=BROWSER, status=200).text
        for part in parts:
            alone = api.client.get(f"{path}?fragment={part}", headers=BROWSER, status=200).text.strip()
            assert alone.startswith(f'<section id="{part}"')
            assert alone in whole


@pytest.mark.parametrize(("path", "status"), [(f"/latest/node/{MISSING}", 404), ("/latest/node/xyz", 400)])
def test_what_is_not_there(api: Api, path: str, status: int) -> None:
    """It is said on a page."""
    assert "text/html" == api.client.get(path, headers=BROWSER, status=status).content_type


@pytest.mark.parametrize(
    "asked", ["id=x", "created__gt=never", "name__re=(", "limit=0", "sort=x", "after=x", "limit=x"]
)
def test_what_cannot_be_asked(api: Api, asked: str) -> None:
    """It is 400, as a page."""
    api.client.get(f"/latest/nodes?{asked}", headers=BROWSER, status=400)


def test_a_closed_face_has_no_pages(database: Database, settings: Settings) -> None:
    """The pages follow the setting of KernelCI's face, whose tokens are those of users."""
    closed = Client(serve(database, settings.model_copy(update={"kernelci_access": "closed"})))
    for path in ("/latest/nodes", f"/latest/node/{MISSING}"):
        closed.get(path, headers=BROWSER, status=403)


def test_pages_take_few_statements(api: Api, ann: Person, tree: dict[str, dict[str, Any]]) -> None:
    """However many nodes there are, and however deep they stand."""
    deepest = tree["boot"]
    for place in range(20):
        deepest = make(api, ann, **below(deepest, f"deep {place}", kind="test"))
    for kind, path in (
        ("list", "/latest/nodes?limit=50"),
        ("further", "/latest/nodes?limit=3"),
        ("one", f"/latest/node/{tree['checkout']['id']}"),
        ("one", f"/latest/node/{deepest['id']}"),
    ):
        with counted() as statements:
            page(api.client, path)
        assert STATEMENTS[kind] == len(statements), path


@pytest.mark.parametrize("words", HOSTILE)
def test_what_strangers_say_is_text(api: Api, ann: Person, words: str) -> None:
    """In every field of a node, and in what its list is asked for."""
    data = {words: [words], "kernel_revision": dict.fromkeys((*REVISION, "describe"), words), "platform": words}
    data |= {"error_msg": words, "runtime": words}
    said = {
        "name": words,
        "path": [words],
        "treeid": words,
        "group": words,
        "submitter": words,
        "debug": {words: words},
    }
    said |= {"artifacts": {words: f"https://files.example/{words}"}, "jobfilter": [words], "platform_filter": [words]}
    top = make(api, ann, **{**CHECKOUT, **said, "kind": "process", "data": data})
    node = make(api, ann, **{**said, "kind": "test", "data": data, "parent": top["id"]})
    asked = quote(words, safe="")
    for path in (
        *(
            "/latest/nodes",
            f"/latest/nodes?name={asked}&{asked}={asked}",
            f"/latest/nodes?treeid={asked}&owner={asked}",
        ),
        *(f"/latest/node/{top['id']}", f"/latest/node/{node['id']}", f"/latest/events?name={asked}&{asked}={asked}"),
        *(f"/latest/events?node_id={node['id']}", f"/latest/events?data.{asked}={asked}"),
    ):
        assert "5332114" not in page(api.client, path).find("main").get_text()
    shown = page(api.client, f"/latest/node/{node['id']}")
    assert words.replace("\u2028", "") in shown.h1.get_text().replace("\u2028", "")
