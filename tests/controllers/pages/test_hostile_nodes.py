"""Text of strangers on pages of nodes and of their events: shown as it is, and never more than text."""

from urllib.parse import quote

import pytest

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.client import Client
from tests.controllers.kernelci.trees import CHECKOUT, REVISION, make
from tests.controllers.kernelci.wire import Api, make_person
from tests.controllers.pages.parsing import page
from tests.controllers.pages.test_hostile_runs import HOSTILE


@pytest.mark.parametrize("words", HOSTILE)
def test_what_strangers_say_is_text(client: Client, database: Database, settings: Settings, words: str) -> None:
    """In every field of a node, and in what its list is asked for."""
    api, ann = Api(client), make_person(database, settings, "ann")
    data = {words: [words], "kernel_revision": dict.fromkeys((*REVISION, "describe"), words), "platform": words}
    data |= {"error_msg": words, "runtime": words}
    said = {
        "name": words,
        "path": [words],
        "treeid": words,
        "group": words,
        "submitter": words,
        "debug": {words: words},
    }
    said |= {"artifacts": {words: f"https://files.example/{words}"}, "jobfilter": [words], "platform_filter": [words]}
    top = make(api, ann, **{**CHECKOUT, **said, "kind": "process", "data": data})
    node = make(api, ann, **{**said, "kind": "test", "data": data, "parent": top["id"]})
    asked = quote(words, safe="")
    for path in (
        *(
            "/latest/nodes",
            f"/latest/nodes?name={asked}&{asked}={asked}",
            f"/latest/nodes?treeid={asked}&owner={asked}",
        ),
        *(f"/latest/node/{top['id']}", f"/latest/node/{node['id']}", f"/latest/events?name={asked}&{asked}={asked}"),
        *(f"/latest/events?node_id={node['id']}", f"/latest/events?data.{asked}={asked}"),
    ):
        assert "5332114" not in page(client, path).find("main").get_text()
    shown = page(client, f"/latest/node/{node['id']}")
    assert words.replace("\u2028", "") in shown.h1.get_text().replace("\u2028", "")
