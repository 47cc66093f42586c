"""The files that pages are made of."""

import gzip
import re

from webob import Request

from paddles.web import assets
from tests.client import Client


def test_a_file_is_kept_for_ever(client: Client) -> None:
    """Under a name that changes with what is in it; packed for who can unpack it."""
    address = assets.address("style.css")
    assert re.fullmatch(r"/static/style\.[0-9a-f]{12}\.css", address)

    plain, packed = client.get(address), Request.blank(address, accept_encoding="gzip").get_response(client.app)

    assert ("text/css", "gzip") == (plain.content_type, packed.content_encoding)
    assert plain.body == gzip.decompress(packed.body) == assets.found()["style.css"].content
    assert "immutable" in plain.headers["Cache-Control"]


def test_other_names_are_none(client: Client) -> None:
    """Neither the file without its digest, nor one of another, nor what lies elsewhere."""
    for name in ("style.css", "style.000000000000.css", "..%2f..%2fpages.py", "%2fetc%2fpasswd", "main.js", "x%00"):
        client.get(f"/static/{name}", status=404)


def test_modules_name_what_they_import_by_its_digest() -> None:
    """So a module's own name changes with what it imports."""
    for asset in assets.found().values():
        for name in re.findall(rb'from "\./([^"]+)"', asset.content):
            assert re.search(rb"\.[0-9a-f]{12}\.js$", name)


def test_scripts_are_sent_without_their_comments() -> None:
    """What others wrote is sent as it is; all scripts of ours that a page without a zoomable chart has are small."""
    ours = {path: asset for path, asset in assets.found().items() if path.endswith(".js") and "/" not in path}

    assert not [path for path, asset in ours.items() if re.search(rb"(?m)^\s*(//|/\*\*)", asset.content)]
    lines = [(path, line) for path, asset in ours.items() for line in asset.content.splitlines()]
    assert not [path for path, line in lines if line.count(b"`") % 2]
    assert b"/*!" in assets.found()["uplot/uPlot.iife.min.js"].content
    assert 15_000 >= sum(len(asset.packed) for path, asset in ours.items() if path != "chart.js")
