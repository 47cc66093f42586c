"""Pages of kernels: lists, the life of a test, regressions, matrices and dashboards."""

import re
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from paddles.analysis import differing
from paddles.dashboards import definitions, sets
from paddles.db.engine import Database
from paddles.db.work import transact
from tests.analysis.boots import Boot, tell
from tests.client import Client
from tests.conftest import NOW
from tests.controllers.test_statements import counted
from tests.kernels.rows import make_boot, make_build, make_lines

HTML = {"Accept": "text/html"}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
SLUGS = [each.slug for each in sets.default().dashboards]
# How many statements each page takes, whatever it shows.
STATEMENTS = {
    "/builds?count=1": 2,
    "/boots?count=1": 2,
    "/logs?count=1": 2,
    "/tests?count=1": 2,
    "/tests/ltp/case-1?count=1": 12,
    "/regressions?count=1": 2,
    "/regressions/{id}": 3,
    "/flaky": 1,
    "/flaky?kind=job": 1,
    "/matrix": 2,
    "/matrix?rows=lab,board&cols=kernel&cell=boot": 1,
    "/dashboards": 1,
    "/dashboards/home?since=all": 9,
    "/dashboards/builds?since=all": 5,
    "/dashboards/boots?since=all": 7,
    "/dashboards/tests?since=all": 6,
    "/dashboards/logs?since=all": 3,
    "/dashboards/build-details?since=all": 5,
    "/dashboards/boot-details?since=all": 6,
}


class Seen(HTMLParser):
    """What is in a page: its elements, their attributes, and the links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href" and tag == "a"]


@pytest.fixture
def kernels(database: Database) -> Database:
    """Builds, boots, results that turn, and lines of logs; every word of them is hostile in some."""
    fill(database, 0)
    return database


def fill(database: Database, first: int) -> None:
    """Put some of everything into the archive; numbers begin with ``first``."""
    bad = {name: HOSTILE for name in ("tree", "branch", "kernel", "arch", "defconfig_full", "build_environment")}
    place = {**bad, "lab": HOSTILE, "board": HOSTILE, "plan": HOSTILE}
    for number in range(first, first + 3):
        make_build(database, number, result="fail" if number % 2 else "pass")
        make_boot(database, number, suites={"ltp": "pass fail"}, board=f"b{number}")
    make_build(database, first + 3, **bad)
    job_id = make_boot(database, first + 3, suites={HOSTILE: "pass"}, device=HOSTILE, **place)
    make_lines(database, job_id, [("error", HOSTILE)])
    for number, status in enumerate(("pass", "fail", "pass", "fail")):
        said = {"ltp/case-1": status, f"{HOSTILE}/{HOSTILE}": status}
        where = {"board": f"c{first}"} if number % 2 == 0 or first else place
        tell(
            database,
            Boot(f"{first}-{number}", first + number, said, kernel=HOSTILE, place=place),
            Boot(f"x{first}-{number}", first + number, {"ltp/case-1": status}, place=where),
        )


def addresses(client: Client) -> list[str]:
    """Return the address of each page."""
    found = client.get("/regressions?count=1").json["items"][0]["id"]
    return [each.replace("{id}", str(found)) for each in STATEMENTS]


def test_nothing_that_is_stored_is_more_than_text(client: Client, kernels: Database) -> None:
    """On no page, in no field: parsed, it has no script but ours and no handler of events."""
    for address in [*addresses(client), f"/tests/{quote(HOSTILE + '/' + HOSTILE, safe='')}"]:
        text = client.get(address, headers=HTML, status=200).text
        seen = Seen(text)
        assert 1 == seen.elements.count("script") == seen.elements.count("h1"), address
        assert "img" not in seen.elements, address
        assert set() == {name for name in seen.attributes if name.startswith("on") or name == "style"}, address
        assert not any(link.lower().startswith("javascript") for link in seen.links), address


@pytest.mark.parametrize(
    "parameter", ["job", "-job", "~kernel", "since", "q", "rows", "cell", "nothing", "sort", "after"]
)
def test_what_is_asked_is_only_text_either(client: Client, kernels: Database, parameter: str) -> None:
    """Answered or refused, an address with anything in it is never a page with that in it, or a fault of ours."""
    for address in ("/builds", "/logs", "/tests/ltp/case-1", "/matrix", "/dashboards/boots", "/flaky", "/regressions"):
        answer = client.get(f"{address}?{parameter}={quote(HOSTILE)}", headers=HTML, status="*")
        assert answer.status_int in (200, 400), (address, answer.status_int)
        assert 1 == Seen(answer.text).elements.count("script")


def test_each_page_takes_few_statements(client: Client, kernels: Database) -> None:
    """So many, however much there is; never more than twelve."""
    fill(kernels, 10)
    fill(kernels, 20)
    for first in (30, 40):
        took = {}
        for pattern, address in zip(STATEMENTS, addresses(client), strict=True):
            with counted() as statements:
                client.get(address, headers=HTML, status=200)
            took[pattern] = len(statements)
        assert took == STATEMENTS
        assert max(took.values()) <= 12
        fill(kernels, first)


def test_links_of_pages_lead_somewhere(client: Client, kernels: Database) -> None:
    """Every link below these pages' own addresses answers."""
    ours = re.compile(r"(/(builds|boots|logs|tests|regressions|matrix|dashboards|flaky)\b|\?)")
    links = {
        link if link.startswith("/") else address.partition("?")[0] + link
        for address in addresses(client)
        for link in Seen(client.get(address, headers=HTML).text).links
        if ours.match(link)
    }
    assert len(links) > 50
    for link in sorted(links):
        # What nobody has compared with others yet has no life.
        allowed = (200, 404) if link.startswith("/tests/") else (200,)
        assert client.get(link, status="*").status_int in allowed, link


def test_a_list_of_nothing_says_so(client: Client) -> None:
    """And what it was narrowed by, each to be dropped."""
    for address in ("/builds", "/boots", "/logs", "/tests", "/regressions", "/flaky", "/matrix"):
        text = client.get(f"{address}?tree=nowhere", headers=HTML, status=200).text
        assert "Try without" in text or "Nothing" in text, address
    for slug in SLUGS:
        assert "Nothing in this time" in client.get(f"/dashboards/{slug}", headers=HTML, status=200).text


def test_a_form_leads_to_a_tidy_address(client: Client) -> None:
    """Without what was left blank; sides of a matrix are put together."""
    for address, said, tidy in (
        ("/builds", "form=1&job=next&kernel=&since=", "?job=next"),
        ("/matrix", "form=1&rows=tree&rows=branch&cols=arch&cols=&since=7d", "?rows=tree%2Cbranch&cols=arch&since=7d"),
        ("/dashboards/boots", "form=1&lab_name=a&board=&since=7d", "?lab_name=a&since=7d"),
        ("/flaky", "form=1&suite=ltp&tree=", "?suite=ltp"),
    ):
        answer = client.get(f"{address}?{said}", headers=HTML, status=303)
        assert answer.headers["Location"].endswith(tidy)


def test_a_matrix_says_what_is_in_its_lists(client: Client, kernels: Database) -> None:
    """Each cell leads to a list of as many rows as it says; what was not run is empty; rows that passed are folded."""
    address = "/matrix?rows=board&cols=lab&cell=boot&passed=show"
    text = client.get(address, headers=HTML).text
    cells = re.findall(r'<td class="[^"]*"[^>]*><a href="([^"]*)">.*?(\d+)/(\d+)', text)

    assert cells
    assert "<td></td>" in text
    for href, _, total in cells:
        assert int(total) == client.get(href.replace("&amp;", "&")).json["total"]
    assert "in which all passed" in text


def test_a_page_behind_the_last_leads_back(client: Client, kernels: Database) -> None:
    """It has no rows, and says of how many."""
    text = client.get("/matrix?rows=board&cols=lab&cell=boot&page=7", headers=HTML, status=200).text

    assert 'href="?rows=board&amp;cols=lab&amp;cell=boot&amp;page=1" rel="prev"' in text


def test_an_environment_leads_to_its_results(client: Client, kernels: Database) -> None:
    """As many as it says, wherever some of its facts are blank."""
    text = client.get("/tests/ltp/case-1", headers=HTML).text
    cell = r'<td data-label="Last"><a href="([^"]*)#list">.*?"Passed"[^>]*>(\d+)<.*?"Failed"[^>]*>(\d+)<'
    found = re.findall(cell, text, re.DOTALL)

    assert 1 < len(found)
    for href, passed, failed in found:
        listed = client.get(f"/tests/ltp/case-1{href.replace('&amp;', '&')}").json
        assert int(passed) + int(failed) == listed["total"]
        assert [] == listed["ignored"]


def test_what_tells_environments_apart() -> None:
    """A facet of which each value either always fails or always passes; none where all is the same."""
    places = [
        {"board": "a", "arch": "arm", "result": "fail"},
        {"board": "b", "arch": "arm", "result": "pass"},
        {"board": "c", "arch": "x86", "result": "pass"},
    ]
    found = differing.differences(places, ("board", "arch"))

    assert [("board", ("a",), ("b", "c"))] == [(each.facet, each.fails, each.passes) for each in found]
    assert [] == differing.differences(places[:1], ("board",))


def test_regressions_that_nobody_has_looked_at(client: Client, kernels: Database) -> None:
    """Are told from others, and what turns often is a suspect."""
    found = client.get("/regressions?fields=id,reviewed,suspect&count=1000").json["items"]
    assert {"no"} == {each["reviewed"] for each in found}
    number = found[0]["id"]
    client.send("PUT", f"/regressions/{number}", {"owner": "me"}, status=200)

    assert number not in [each["id"] for each in client.get("/regressions?reviewed=no&fields=id").json["items"]]
    assert "me" in client.get(f"/regressions/{number}", headers=HTML).text
    assert client.get("/regressions?reviewed=yes", headers=HTML).text.count("<tr data-row") == 1


def test_what_regressed_twice_before_is_a_suspect(client: Client, database: Database) -> None:
    """The third time, not before."""
    for number, status in enumerate(["pass", "fail"] * 3):
        tell(database, Boot(str(number), number, {"s/a": status}))
    found = client.get("/regressions?fields=suspect&sort=bad_at").json["items"]

    assert ["no", "no", "yes"] == [each["suspect"] for each in found]
    assert 1 == client.get("/regressions?suspect=yes").json["total"]


def test_the_life_of_a_test(client: Client, kernels: Database) -> None:
    """Its results as a strip, where it runs, what tells these apart, its regressions, and parts of it alone."""
    page = client.get("/tests/ltp/case-1", headers=HTML, status=200).text

    for part in ("summary", "regressions", "environments", "list"):
        alone = client.get(f"/tests/ltp/case-1?fragment={part}", headers=HTML, status=200).text
        assert f'id="{part}"' in alone
        assert alone.strip() in page
    number = client.get("/regressions?fields=id&count=1").json["items"][0]["id"]
    for address in (f"/regressions/{number}?fragment=facts", f"/regressions/{number}?fragment=history"):
        assert "<html" not in client.get(address, headers=HTML, status=200).text
    for address in ("/matrix?fragment=matrix", "/dashboards/home?since=all&fragment=board", "/flaky?fragment=list"):
        assert "<html" not in client.get(address, headers=HTML, status=200).text
    assert "Turned within 30d" in page
    client.get("/tests/none/such", headers=HTML, status=404)
    client.get("/regressions/99999999", headers=HTML, status=404)
    client.get("/regressions/x", headers=HTML, status=404)
    client.get("/dashboards/none", headers=HTML, status=404)


MARKED = "# Head\n\n- [a](/builds) `x<b>`\n\n[j](javascript:alert(1)) **s** *e*"
BY_HOUR = {"field": "@timestamp", "interval": "hour"}
BY_BOTH = [{"field": "lab", "limit": 1}, {"field": "board", "limit": 1}]
CHART = '<svg class="chart"'
MINE = [{"field": "job", "op": "prefix", "value": "m"}]
DRAWN = [
    ({"type": "markdown", "text": MARKED}, "<strong>Head"),
    ({"type": "line", "source": "boots", "group_by": [BY_HOUR]}, CHART),
    ({"type": "line", "source": "boots", "group_by": [BY_HOUR, {"field": "boot_result"}]}, CHART),
    ({"type": "matrix", "source": "boots", "group_by": [{"field": "lab"}, {"field": "board"}]}, 'class="matrix"'),
    ({"type": "donut", "source": "boots", "group_by": BY_BOTH}, 'class="d-1"'),
    ({"type": "metric", "source": "builds", "metric": {"op": "pass_rate"}}, 'class="metric"'),
    ({"type": "table", "source": "builds", "filters": MINE}, "in all"),
    ({"type": "filters", "source": "boots", "columns": ["board", "boot_time"]}, '<select name="board">'),
]


@pytest.mark.parametrize(("viz", "expected"), DRAWN)
def test_every_type_of_panel_is_drawn(client: Client, kernels: Database, viz: dict[str, object], expected: str) -> None:
    """With its numbers as JSON and CSV, from where it says they are."""
    panel = {"viz": "v", "x": 0, "y": 0, "w": 1, "h": 1}
    said = {
        "dashboards": [{"slug": "d", "title": "D", "time": "", "panels": [panel]}],
        "visualizations": [{"slug": "v", "title": "V", **viz}],
    }
    given = definitions.read({"format": definitions.FORMAT, "version": 1, **said})
    transact(kernels, lambda session: sets.bring(session, given, NOW, replace=True))
    text = client.get("/dashboards/d?board=b1", headers=HTML, status=200).text

    assert expected in text
    assert 1 == Seen(text).elements.count("script")
    for link in [link for link in Seen(text).links if "/panels/" in link]:
        client.get(link, status=200)
    assert not any(link.startswith("javascript") for link in Seen(text).links)
