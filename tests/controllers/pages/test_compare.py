"""``/compare`` as a page: runs beside each other, test by test."""

from urllib.parse import quote

import pytest

from tests.client import Client
from tests.controllers.pages.parsing import BROWSER, links, page, told
from tests.controllers.pages.test_hostile_runs import HOSTILE
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


def test_five_statements_however_many_tests(compared: Client) -> None:
    """Two for the comparison, one for what is around each end of it, one for the head of the branch."""
    for key in range(10, 30):
        make_job(compared, "r1", job_id=key, status="fail", description=f"more {key}")
    with counted() as statements:
        page(compared, "/compare?a=r0&b=r1&class=all")

    assert 5 == len(statements)
