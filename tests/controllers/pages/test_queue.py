"""``/queue/`` as a page: queues, and why each job in one waits."""

from urllib.parse import quote

import pytest

from tests.client import Client
from tests.controllers.pages.parsing import links, page, told
from tests.controllers.pages.test_hostile_runs import HOSTILE
from tests.controllers.test_statements import counted
from tests.factories import RUN, make_job, make_node


@pytest.fixture
def filled(client: Client) -> Client:
    """Three jobs that wait in a queue, a machine for them that is free, and one in another that nobody asks."""
    make_node(client)
    for key, priority in ((1, 30), (2, 10), (3, 20)):
        make_job(client, job_id=key, queue="smithi", priority=priority, user="ann")
    make_job(client, "r2", job_id="1", queue="plana")
    return client


def order(client: Client, address: str) -> list[str]:
    """Return the jobs that a page shows, in their order."""
    return [row["data-href"] for row in page(client, address).find_all("tr", attrs={"data-href": True})]


def test_queues_and_the_jobs_of_the_longest(filled: Client) -> None:
    """In the order in which they are handed out, each with why it waits."""
    text = told(page(filled, "/queue/"))

    assert [f"/runs/{RUN}/jobs/{key}/" for key in (2, 3, 1)] == order(filled, "/queue/")
    for said in (
        "1 free of 1",
        "none asks",
        "Waiting in smithi",
        "3 jobs wait",
        "next in line",
        "others come first: 2",
    ):
        assert said in text


def test_a_page_says_what_the_outlook_of_each_job_says(filled: Client) -> None:
    """How many come before it is counted alike."""
    ahead = [filled.get(f"/outlook/job?run={RUN}&job={key}").json["ahead"] for key in (2, 3, 1)]
    text = told(page(filled, "/queue/?queue=smithi"))

    assert [0, 1, 2] == ahead
    assert "others come first: 1" in text


def test_another_queue_is_shown(filled: Client) -> None:
    """By its name, with why its job waits."""
    text = told(page(filled, "/queue/?queue=plana"))

    assert "no machine asks this queue" in text
    assert "?queue=plana" in links(page(filled, "/queue/"))
    assert "No queue nothing has jobs" in told(page(filled, "/queue/?queue=nothing"))


def test_jobs_go_on_another_page(filled: Client) -> None:
    """Each job is on one of them."""
    first = page(filled, "/queue/?count=2")

    assert [f"/runs/{RUN}/jobs/1/"] == order(filled, "/queue/" + first.find("a", rel="next")["href"])


def test_who_paused_a_queue_is_named(filled: Client) -> None:
    """And why its jobs wait."""
    pause = {"queue": "smithi", "pause_duration": 3600, "paused_by": "bob"}
    filled.put_json("/queue/", pause, status=200)
    text = told(page(filled, "/queue/"))

    assert "paused by bob until" in text
    assert "the queue is paused" in text


def test_nothing_waits(client: Client) -> None:
    """It is said."""
    assert "No queues" in told(page(client, "/queue/"))


@pytest.mark.parametrize("text", HOSTILE)
def test_what_strangers_say_is_text(client: Client, text: str) -> None:
    """Whatever a job and its queue are called."""
    make_job(client, f"run {text}", job_id=f"1 {text}", queue="q", user=text, description=text, priority=1)
    text_shown = page(client, "/queue/").find("main").get_text()

    assert text in text_shown
    page(client, f"/queue/?queue={quote(text, safe='')}")


def test_programs_are_answered_as_before(filled: Client) -> None:
    """The page is for whom prefers HTML."""
    assert filled.get("/queue/", headers={"Accept": "*/*"}, status="*").content_type == "application/json"


def test_two_statements_however_many_wait(filled: Client) -> None:
    """One for all queues, one for the jobs."""
    for key in range(10, 30):
        make_job(filled, job_id=key, queue="smithi", priority=key)
    with counted() as statements:
        page(filled, "/queue/")

    assert 2 == len(statements)
