"""``/compare`` as a page: runs beside each other, test by test."""

import itertools
from urllib.parse import quote

import pytest

from tests.client import Client
from tests.controllers.pages.parsing import BROWSER, links, page, told
from tests.controllers.pages.test_hostile_runs import EVIL, HOSTILE
from tests.controllers.test_statements import counted
from tests.factories import make_job

ENDED = {"lost": ("pass", "fail"), "mended": ("fail", "pass"), "bad": ("fail", "fail"), "gone": ("pass", "dead")}


@pytest.fixture
def compared(client: Client) -> Client:
    """Two runs of the same jobs, and one of their suite that was before them."""
    for run in ("before", "r0", "r1"):
        for key, (name, statuses) in enumerate(ENDED.items()):
            said = {"suite": "rados", "branch": "main", "description": name}
            make_job(client, run, job_id=key, status=statuses[run == "r1"], **said)
    return client


def shown(client: Client, said: str) -> list[str]:
    """Return the tests that a page shows, in their order."""
    rows = page(client, f"/compare?{said}").find_all("tr", attrs={"data-row": True})
    return [row.find_all("td")[1].get_text().strip() for row in rows]


@pytest.mark.parametrize(
    "said", ["", "class=all", "class=still_failing&class=infra", "class=all&infra=skip", "q=LOST", "count=1&page=2"]
)
def test_the_page_has_the_tests_of_its_json(compared: Client, said: str) -> None:
    """In their order."""
    wanted = [test["name"] for test in compared.get(f"/compare?a=r0&b=r1&{said}").json["tests"]]

    assert wanted == shown(compared, f"a=r0&b=r1&{said}")
    assert wanted


def test_what_leads_on(compared: Client) -> None:
    """The runs the other way round, the one before, every class with its count, and the jobs."""
    soup = page(compared, "/compare?a=r0&b=r1&x=1")
    found = links(soup)

    assert {"?a=r1&b=r0&x=1", "?a=before&b=r1&x=1", "/runs/r1/jobs/0/", "/runs/r0/jobs/1/"} <= set(found)
    for said in ("broken or mended 2", "still failing 1", "infra 1", "all 4", "ignored: x"):
        assert said in told(soup)
    for address in ("?a=r1&b=r0&x=1", "?a=before&b=r1&x=1"):
        page(compared, f"/compare{address}")


def test_without_runs_it_asks_for_them(client: Client) -> None:
    """And what is said in the form becomes a tidy address."""
    soup = page(client, "/compare?a=r0")

    assert "Two runs are compared" in told(soup)
    assert "r0" == soup.find("input", attrs={"name": "a"})["value"]
    assert client.get("/compare?form=1&a=x&b=&q=", headers=BROWSER, status=303).location.endswith("?a=x")


@pytest.mark.parametrize(("said", "status"), [("a=r0&b=r0", 400), ("a=r0&b=nobody", 404), ("a=r0&class=worse", 400)])
def test_what_cannot_be_compared(compared: Client, said: str, status: int) -> None:
    """It is said on a page."""
    compared.get(f"/compare?{said}", headers=BROWSER, status=status)


def test_nothing_is_of_a_class(compared: Client) -> None:
    """It is said."""
    assert "No tests of this kind" in told(page(compared, "/compare?a=r0&b=r1&class=appeared&q=x"))


@pytest.mark.parametrize("text", HOSTILE)
def test_what_strangers_say_is_text(client: Client, text: str) -> None:
    """Whatever runs and their tests are called."""
    names = (f"a {text}", f"b {text}")
    for run, status in zip(names, ("pass", "fail"), strict=True):
        make_job(client, run, job_id=text, status=status, description=text, suite=text, branch=text)
    first, last = (quote(name, safe="") for name in names)
    soup = page(client, f"/compare?a={first}&b={last}&q={quote(text, safe='')}&{quote(text, safe='')}=1")

    assert text in soup.find("main").get_text()


@pytest.fixture
def matrix(client: Client) -> Client:
    """Two runs of what differs by two facets, and one job without any: all that ran on ext4 broke."""
    for run, ended in (("r0", "pass"), ("r1", "fail")):
        for key, (store, disk) in enumerate(itertools.product(("blue", "mem"), ("ext4", "xfs", f"{EVIL} {{"))):
            status = ended if disk == "ext4" else "pass"
            make_job(client, run, job_id=key, status=status, description=f"s/{{store/{store} fs/{disk} same/x}}")
        make_job(client, run, job_id="plain", status=ended, description="plain")
    return client


def test_a_facet_narrows_what_is_compared(matrix: Client) -> None:
    """By links for each value of those that differ, kept by whatever else leads on, and dropped by its own."""
    soup = page(matrix, "/compare?a=r0&b=r1&x=1")
    found = soup.find("details", class_="facets")
    assert ["fs", "store"] == [each.text for each in found.find_all("dt")]
    assert 3 == len(shown(matrix, "a=r0&b=r1"))
    narrow = found.find("a", string="blue")["href"]
    assert "?a=r0&b=r1&x=1&facet=store:blue" == narrow

    soup = page(matrix, f"/compare{narrow}")

    assert "store: blue" in told(soup)
    assert "unchanged 2" in told(soup)
    assert "all 3" in told(soup)
    assert {"?a=r0&b=r1&x=1", "?a=r1&b=r0&x=1&facet=store:blue"} <= set(links(soup))
    assert "?a=r0&b=r1&x=1&facet=store:blue&facet=store:mem" in links(soup)
    assert "store:blue" == soup.find("form", class_="filters").find("input", attrs={"name": "facet"})["value"]
    soup = page(matrix, "/compare?a=r0&b=r1&facet=store:blue&facet=fs:xfs")
    assert "drop all" in (words := told(soup))
    assert "No tests of this kind of these facets" in words
    assert soup.find("a", string="drop all")["href"] == "?a=r0&b=r1"


@pytest.mark.parametrize("said", ["facet=store:blue", "facet=fs:ext4&facet=fs:xfs", "facet=fs:none", "facet=store:"])
def test_the_page_has_what_its_json_has_of_facets(matrix: Client, said: str) -> None:
    """And the CSV; the answers are otherwise as without."""
    whole = matrix.get("/compare?a=r0&b=r1&class=all").json
    answer = matrix.get(f"/compare?a=r0&b=r1&class=all&{said}").json

    wanted = [test["name"] for test in answer["tests"]]
    assert wanted == shown(matrix, f"a=r0&b=r1&class=all&{said}")
    lines = matrix.get(f"/compare?a=r0&b=r1&class=all&format=csv&{said}").text.splitlines()
    assert len(wanted) == len(lines) - 1 == answer["total"] < whole["total"]
    assert whole.keys() == answer.keys()
    assert [] == answer["ignored"]


@pytest.mark.parametrize(
    "said", ["facet=store", "facet=:blue", "facet=", "facet=a%00:b", "&".join(["facet=a:b"] * 101)]
)
def test_what_is_no_facet(matrix: Client, said: str) -> None:
    """400, as JSON and as a page."""
    for headers in ({}, BROWSER):
        matrix.get(f"/compare?a=r0&b=r1&{said}", headers=headers, status=400)


def test_six_statements_however_many_tests(compared: Client) -> None:
    """Two for the comparison, one for its facets, one for what is around each end of it, one for the branch's head."""
    for key in range(10, 30):
        make_job(compared, "r1", job_id=key, status="fail", description=f"more {key}")
    with counted() as statements:
        page(compared, "/compare?a=r0&b=r1&class=all")

    assert 6 == len(statements)
