"""``/runs/`` as a page: the rows of the JSON, narrowed by its address, and what all of them come to."""

import csv
import io
from urllib.parse import urlsplit

import pytest

from tests.client import Client
from tests.controllers.pages.parsing import BROWSER, links, page, told
from tests.controllers.test_statements import counted
from tests.factories import make_job, make_run

STATEMENTS = 3
NAMES = ("u-2026-01-30_10:00:00-rados-main-k-basic-smithi", "v-2026-01-31_10:00:00-fs-wip-x-k-basic-smithi")


@pytest.fixture
def filled(client: Client) -> Client:
    """Two runs that ended, one that waits, and one without jobs."""
    for name, status in zip(NAMES, ("pass", "fail"), strict=True):
        make_job(client, name, job_id=1, status=status, sha1="ab12" * 10, flavor="default")
        make_job(client, name, job_id=2, status="pass")
    make_job(client, "waiting", job_id=1)
    make_run(client, "bare")
    return client


def test_cells_stand_below_their_heads(filled: Client) -> None:
    """Each says what its column is called."""
    soup = page(filled, "/runs/")

    heads = [head.get_text().strip() for head in soup.find("thead").find_all("th")]
    assert heads == [cell["data-label"] for cell in soup.find("tr", attrs={"data-row": True}).find_all("td")]


FILTERS = [
    "",
    "status=fail",
    "status=finished+fail",
    "-status=finished+fail",
    "suite=rados&suite=fs",
    "suite=rados&branch=main",
    "~name=rados",
    "sha1=ab12",
    "flavor=default",
    "since=2026-01-31",
    "until=2026-01-31",
    "since=2026-01-31&until=2026-02-01",
    "n_fail>=1",
    "user=v&nothing=7",
    "branch=&status=queued",
    "sort=name&count=2",
    "count=2&page=2",
]


@pytest.mark.parametrize("said", FILTERS)
def test_all_forms_show_the_same_runs(filled: Client, said: str) -> None:
    """Whatever is asked, the page has the rows of the JSON and of the CSV, in their order."""
    wanted = [run["name"] for run in filled.get(f"/runs/?{said}").json]
    lines = list(csv.DictReader(io.StringIO(filled.get(f"/runs/?{said}&format=csv&fields=name").text)))
    shown = page(filled, f"/runs/?{said}").find_all("tr", attrs={"data-row": True})

    assert wanted == [row.find("td", attrs={"data-label": "Run"}).get_text().strip() for row in shown]
    assert wanted == [line["name"] for line in lines]


def test_what_all_runs_come_to(filled: Client) -> None:
    """The totals are those of the filter, not of the page, and exact."""
    text = told(page(filled, "/runs/?count=1"))

    assert "4 runs : 1 empty, 1 finished fail, 1 finished pass, 1 queued. 5 jobs in them" in text
    assert "2 runs :" in told(page(filled, "/runs/?~name=2026&count=1"))


def test_filters_can_be_dropped(filled: Client) -> None:
    """Each is a chip that leads to the rows without it, what means nothing is said, and every link is there."""
    soup = page(filled, "/runs/?suite=rados&-branch=x&since=2026-01-01&what=7&count=1")

    chips = [each.get_text().strip() for each in soup.find("ul", class_="chips").find_all("li")]
    assert ["Suite: rados ×", "Branch is not x ×", "since: 2026-01-01 ×", "ignored: what", "drop all"] == chips
    for to in links(soup):
        address = urlsplit(to)
        if address.path in ("", "/runs/"):
            page(filled, f"/runs/?{address.query}" if not address.path else to)


def test_pages_of_the_list(filled: Client) -> None:
    """The next one begins behind the last row, and says where the first one is."""
    first = page(filled, "/runs/?count=3&sort=name")
    second = page(filled, "/runs/" + first.find("a", rel="next")["href"])

    rows = [soup.find_all("tr", attrs={"data-row": True}) for soup in (first, second)]
    assert [3, 1] == [len(each) for each in rows]
    assert "/runs/waiting/" == rows[1][0]["data-href"]
    assert "?sort=name&count=3" not in second.find("nav", class_="pager").a["href"]


def test_where_there_is_nothing(client: Client) -> None:
    """The first run is told how to come; where filters leave none they can be dropped, and the newest run is named."""
    empty = told(page(client, "/runs/"))
    make_run(client, "one")
    narrowed = told(page(client, "/runs/?suite=none"))

    assert "curl -X POST http://localhost" in empty
    assert "No runs match. Try without Suite: none" in narrowed
    assert "The newest there is is from" in narrowed
    assert "/runs/one/" in links(page(client, "/runs/?suite=none"))


@pytest.mark.parametrize(
    ("chain", "said"),
    [
        ("branch/main", "branch=main"),
        ("branch/a%2Fb/suite/rados", "branch=a/b&suite=rados"),
        ("queued", "n_queued%3E=1"),
        ("date/2026-01-31", "since=2026-01-31T00:00Z&until=2026-02-01T00:00Z"),
        ("date/from/2026-01-30/to/2026-01-31", "since=2026-01-30T00:00Z&until=2026-02-01T00:00Z"),
        ("flavors/x?count=3", "flavor=x&count=3"),
    ],
)
def test_chains_of_filters_lead_to_the_list(filled: Client, chain: str, said: str) -> None:
    """As the first paddles had them."""
    answer = filled.get(f"/runs/{chain}", headers=BROWSER, status=303)

    assert f"/runs/?{said}" == answer.headers["Location"].removeprefix("http://localhost")
    page(filled, f"/runs/?{said}")


@pytest.mark.parametrize("chain", ["branch/a/branch/b", "branch/a/what/b", "date/from/2026-01-31", "date/nonsense"])
def test_a_chain_that_says_nothing(client: Client, chain: str) -> None:
    """It is refused as its JSON is, or as what cannot be."""
    assert client.get(f"/runs/{chain}", headers=BROWSER, status="*").status_int in (400, 404)


def test_a_word_without_a_value(filled: Client) -> None:
    """What there is of it leads to the runs that have it."""
    assert ["/runs/suite/fs/", "/runs/suite/rados/"] == links(page(filled, "/runs/suite/"))[1:]


def test_the_form_leads_to_a_tidy_address(filled: Client) -> None:
    """What was left blank is not in it."""
    answer = filled.get("/runs/?form=1&status=&suite=rados&until=", headers=BROWSER, status=303)

    assert answer.headers["Location"].endswith("?suite=rados")


def test_a_list_takes_few_statements(filled: Client) -> None:
    """However many runs there are."""
    for number in range(20):
        make_job(filled, f"run {number}", job_id=1, status="dead")
    with counted() as statements:
        page(filled, "/runs/?count=5")

    assert STATEMENTS == len(statements)


def test_the_newest_run_that_matches(client: Client) -> None:
    """One address leads browsers to it always; where none matches, its page says so."""
    make_job(client, "first", job_id=1, suite="rgw", branch="main")
    make_job(client, "second", job_id=1, suite="rgw", branch="main")

    answer = client.get("/runs/latest?suite=rgw&branch=main", headers={"Accept": "text/html"}, status=302)

    assert answer.headers["Location"].endswith("/runs/second/")
    assert "no run matches" in client.get("/runs/latest?suite=x", headers={"Accept": "text/html"}, status=404).text
