"""Links on pages to what stays: feeds of the same rows, badges, the newest run of a suite."""

import pytest

from tests.client import Client
from tests.controllers.pages.parsing import links, page
from tests.factories import RUN, make_job


def feed(client: Client, address: str) -> str:
    """Return the address of the feed that a page names in its head, and in its foot."""
    shown = page(client, address)
    (found,) = shown.find_all("link", attrs={"type": "application/atom+xml"})
    assert found["href"] in links(shown, "footer")
    return str(found["href"])


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/runs/", "/feeds/runs.atom"),
        (
            "/runs/?suite=rados&sort=name&count=5&status=finished+pass",
            "/feeds/runs.atom?suite=rados&status=finished+pass",
        ),
        ("/regressions/?state=open", "/feeds/regressions.atom?state=open"),
    ],
)
def test_lists_have_the_feed_of_their_rows(client: Client, address: str, expected: str) -> None:
    """With the same filters; it answers."""
    assert expected == feed(client, address)
    assert "application/atom+xml" == client.get(expected, status=200).content_type


def test_a_run_has_links_that_stay(client: Client) -> None:
    """They answer: the newest run of the same suite and branch, its feed, badges."""
    make_job(client, status="pass")

    found = [
        to
        for to in links(page(client, f"/runs/{RUN}/?tab=raw"))
        if to.startswith(("/badges/", "/feeds/", "/runs/latest"))
    ]

    assert 4 == len(found)
    for to in found:
        client.get(to)
    assert f"/runs/{RUN}/" in client.get(found[0]).headers["Location"].replace("%3A", ":")


def test_runs_are_compared_with_the_head_of_their_branch(client: Client) -> None:
    """Where that is neither of them, nor the next; a run without one before it is compared with what is asked for."""
    names = [f"a-2026-01-{day:02}_10:00:00-rados-main-distro-default-smithi" for day in (1, 2, 3, 4)]
    for name in names:
        make_job(client, name, status="pass")

    shown = page(client, f"/compare?a={names[0]}&b={names[1]}")
    turns = {
        each.get_text(): each["href"]
        for each in shown.find("section", id="compared").find(class_="forms").find_all("a")
    }

    assert "Head of the branch" in turns
    assert names[3] in turns["Head of the branch"]
    assert "Head" not in page(client, f"/compare?a={names[0]}&b={names[2]}").find("section", id="compared").get_text()
    assert f"/compare?a={names[0]}" in [to.replace("%3A", ":") for to in links(page(client, f"/runs/{names[0]}/"))]
