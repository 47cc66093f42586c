"""``/docs``: the description of the service for people."""

import gzip
import re

import pytest
from webob import Request

from paddles.app import serve
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.client import Client


def test_a_page_shows_the_description(client: Client) -> None:
    """HTML that loads its program and the description from the service, and neither from anywhere else."""
    page = client.get("/docs/")

    assert ("text/html", "utf-8") == (page.content_type, page.charset)
    linked = re.findall(r'(?:src|href|spec-url)="([^"]+)"', page.text)
    assert {"/docs/rapidoc.js", "/openapi.json"} == set(linked)
    for address in linked:
        client.get(address)
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]


def test_its_program_is_sent_compressed_to_whoever_takes_that(client: Client) -> None:
    """And once: whoever has it is told that it is the same."""
    plain = client.get("/docs/rapidoc.js", headers={"Accept-Encoding": "identity"})
    # WebTest unpacks what it gets.
    packed = Request.blank("/docs/rapidoc.js", headers={"Accept-Encoding": "br, gzip"}).get_response(client.app)

    assert b"rapi-doc" in plain.body
    assert ("gzip", plain.body) == (packed.content_encoding, gzip.decompress(packed.body))
    assert "text/javascript" == packed.content_type
    headers = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    assert b"" == client.get("/docs/rapidoc.js", headers=headers, status=304).body


@pytest.mark.parametrize("base", ["https://lab.example/paddles", "https://lab.example/paddles/"])
def test_it_finds_its_parts_below_a_path(database: Database, settings: Settings, base: str) -> None:
    """Where the service stands below a path, the parts of the page do too."""
    below = Client(serve(database, settings.model_copy(update={"address": base})))

    assert 'src="/paddles/docs/rapidoc.js"' in below.get("/docs").text
