"""The pages of a search, of the keys and of the service itself."""

import pytest

from paddles.controllers.pages.help import KEYS
from paddles.web import assets
from tests.client import Client
from tests.controllers.pages.parsing import links, page, told
from tests.factories import make_job, make_node


def test_what_is_found_stands_in_groups(client: Client) -> None:
    """Each with what it leads to; the words stay in the field."""
    make_job(client, "rados-one", job_id=1, status="pass")
    make_job(client, "rados-two", job_id=1, status="pass")

    shown = page(client, "/search?q=rados")

    assert {"/runs/rados-one/", "/runs/rados-two/"} <= set(links(shown))
    assert "rados" == shown.find("input", attrs={"name": "q"})["value"]


def test_a_browser_is_sent_to_the_one_thing_that_is_meant(client: Client) -> None:
    """Unless it asks for all."""
    make_node(client, "smithi001")

    answer = client.get("/search?q=smithi001&format=html", status="*")

    assert (303, True) == (answer.status_int, answer.headers["Location"].endswith("/nodes/smithi001/"))
    assert "/nodes/smithi001/" in links(page(client, "/search?q=smithi001&all=1"))


@pytest.mark.parametrize("words", ["", "nothing-is-called-so", "<script>alert(1)</script>", "%", "a'b"])
def test_nothing_found_is_said(client: Client, words: str) -> None:
    """And what was looked for is shown as it is."""
    answer = client.get("/search", params={"q": words, "format": "html"})

    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(("address", "word"), [("/help/keys", "next, previous row"), ("/about", "uplot")])
def test_pages_about_the_pages(client: Client, address: str, word: str) -> None:
    """What keys do, and what others have made."""
    assert word in told(page(client, address))


def test_keys_are_those_that_the_script_knows() -> None:
    """What is written of each is what it says itself."""
    script = assets.found()["keys.js"].content.decode()

    assert [] == [does for _, does in KEYS if f'"{does}"' not in script]
