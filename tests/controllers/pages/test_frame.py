"""What holds for every page: when it is shown, what is around it, and how it is kept."""

import gzip
from typing import Any

import pytest
from webob import Request

from tests.client import Client

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("address", "accept", "kind"),
    [
        ("/builds", BROWSER, "text/html"),
        ("/builds", "*/*", "application/json"),
        ("/builds", "", "application/json"),
        ("/builds", "application/json, text/html;q=0.9", "application/json"),
        ("/builds?format=html", "*/*", "text/html"),
        ("/builds?format=json", BROWSER, "application/json"),
        ("/builds?format=csv", BROWSER, "text/csv"),
    ],
)
def test_browsers_are_shown_pages(client: Client, address: str, accept: str, kind: str) -> None:
    """Programs get what they always got at the same address, and caches are told by what it was chosen."""
    answer = client.get(address, headers={"Accept": accept})

    assert kind == answer.content_type
    assert "Accept" in answer.headers["Vary"]


def test_a_page_lets_nothing_in(client: Client) -> None:
    """No script or style of its own, nothing from elsewhere, and it stands in no frame."""
    page = client.get("/builds", headers={"Accept": BROWSER})

    policy = dict(part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";"))
    assert ("'self'", "'none'", "'none'", "'none'", "'self'") == tuple(
        policy[name] for name in ("default-src", "object-src", "base-uri", "frame-ancestors", "form-action")
    )
    for part in ("<style", " style=", " onclick=", "javascript:", "http://www", "//cdn"):
        assert part not in page.text
    assert "nosniff" == page.headers["X-Content-Type-Options"]


def test_a_page_is_sent_when_it_has_changed(client: Client) -> None:
    """And packed, when it is large enough."""
    page = client.get("/builds?format=html")
    same = client.get("/builds?format=html", headers={"If-None-Match": page.headers["ETag"]}, status="*")
    packed = Request.blank("/builds?format=html", accept_encoding="gzip").get_response(client.app)

    assert ("private, no-cache", 304) == (page.headers["Cache-Control"], same.status_int)
    assert ("gzip", page.body) == (packed.content_encoding, gzip.decompress(packed.body))


def test_a_part_of_a_page(client: Client) -> None:
    """It is what stands in the page; one that there is not is 404."""
    part = client.get("/builds?format=html&fragment=list").text

    assert part.strip().startswith('<section id="list"')
    assert part.strip() in client.get("/builds?format=html").text
    client.get("/builds?format=html&fragment=nothing", status=404)


def test_what_a_form_left_blank_is_left_out(client: Client) -> None:
    """The address that is kept and shared says what was asked, and no more."""
    answer = client.get("/builds?format=html&form=1&job=&arch=arm+64&q=&since=7d", status=303)

    assert "arch=arm+64&since=7d" in answer.headers["Location"]
    assert "job" not in answer.headers["Location"]


@pytest.mark.parametrize(
    ("address", "status"), [("/nowhere", 404), ("/builds?count=x", 400), ("/builds?after=%2e%2e", 400)]
)
def test_what_is_refused_is_said_on_a_page(client: Client, address: str, status: int) -> None:
    """To browsers; programs are told in JSON as ever."""
    page = client.get(address, headers={"Accept": BROWSER}, status=status)

    assert "text/html" == page.content_type
    assert str(status) in page.text
    assert "application/json" == client.get(address, status=status).content_type


@pytest.mark.parametrize(
    ("cookie", "theme"),
    [
        ("", "auto"),
        ("theme=dark", "dark"),
        ("theme=light; a=b", "light"),
        ('theme="><script>', "auto"),
        ("\x7f;=", "auto"),
    ],
)
def test_the_theme_is_what_the_cookie_says(client: Client, cookie: str, theme: str) -> None:
    """Of those that there are."""
    page = client.get("/builds?format=html", headers={"Cookie": cookie})

    assert f'data-theme="{theme}"' in page.text


@pytest.mark.parametrize(
    "value", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "';alert(1)//", "\u202e<b>"]
)
def test_what_an_address_says_is_shown_and_not_obeyed(client: Client, value: str) -> None:
    """In chips, forms, links and the line for a shell."""
    query: dict[str, Any] = {"format": "html", "job": value, f"~{value}": value, "sort": "job"}
    page = client.get("/builds", params=query)

    assert value not in page.text
    assert "ignored" in page.text
