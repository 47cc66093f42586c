"""Machines are locked, unlocked and marked on their pages, one or those that were chosen."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.controllers.kernelci.wire import make_person
from tests.controllers.pages.browser import Browser
from tests.controllers.pages.doing import do, fields, noted, opened, sent
from tests.controllers.pages.parsing import told
from tests.controllers.pages.test_hostile_runs import EVIL, HOSTILE
from tests.factories import make_node, node_of


@pytest.fixture
def browser(database: Database, settings: Settings) -> Browser:
    """A browser in front of a service that anybody may ask, with three machines, one of which bob has."""
    made = Browser(database, settings)
    for name in ("m1", "m2"):
        make_node(made.client, name)
    make_node(made.client, "m3", locked=True, locked_by="bob", description="bob's")
    return made


@pytest.fixture
def kim(database: Database, settings: Settings, browser: Browser) -> Browser:
    """The browser of kim, who has logged in where tokens are asked for."""
    make_person(database, settings, "kim")
    there = Browser(database, settings.model_copy(update={"results_access": "token"}))
    there.login("kim")
    return there


def chosen(browser: Browser, what: str, *names: str) -> Any:
    """Return the form to which the boxes of the list lead."""
    address = "&".join(f"machine={quote(name, safe='')}" for name in names)
    return BeautifulSoup(browser.get(f"/actions/{what}?{address}").text, "html.parser")


def test_a_machine_is_locked_for_who_asks(kim: Browser, browser: Browser, database: Database) -> None:
    """By the name of the user, with what it is for; whatever the form says of an owner."""
    assert "For kim." in told(opened(kim, "lock", {"machine": "m1"}))

    answer = do(kim, "lock", machine="m1", description="a bug", owner="somebody else")

    assert "http://localhost/nodes/m1/" == answer.headers["Location"]
    shown = node_of(browser.client, "m1")
    assert (True, "kim", "a bug") == (shown["locked"], shown["locked_by"], shown["description"])
    said = {"by": "kim", "machine": "m1", "owner": "kim", "description": "a bug"}
    assert [("machine.locked", "nodes/m1", said)] == noted(database)
    do(kim, "unlock", machine="m1")
    assert False is node_of(browser.client, "m1")["locked"]


def test_for_whom_is_asked_where_nobody_has_logged_in(browser: Browser, database: Database) -> None:
    """As the clients of the API say it."""
    do(browser, "lock", machine="m1", owner="ann@laptop")

    assert "ann@laptop" == node_of(browser.client, "m1")["locked_by"]
    assert ("anonymous", "ann@laptop") == (noted(database)[0][2]["by"], noted(database)[0][2]["owner"])


def test_somebody_else_has_it(kim: Browser, browser: Browser) -> None:
    """No button, and 409 for who sends the form all the same: nothing is locked."""
    page = opened(kim, "lock", {"machine": "m3"})
    assert "m3 is locked by bob already." in told(page)
    assert page.find("button", class_="danger") is None

    refused = sent(kim, "lock", {"machines": '["m1", "m3"]'}, status=409)

    assert "m3 by bob" in refused.text
    assert False is node_of(browser.client, "m1")["locked"]


def test_what_others_have_is_unlocked_knowingly(kim: Browser, browser: Browser, database: Database) -> None:
    """The form names who has it, and a box has to be ticked."""
    page = opened(kim, "unlock", {"machine": "m3"})
    assert "Others have locked m3 (bob)" in told(page)
    form = fields(page)
    sent(kim, "unlock", {key: form[key] for key in ("machines", "next")}, status=409)
    assert "bob" == node_of(browser.client, "m3")["locked_by"]

    sent(kim, "unlock", {**form, "others": "true"})

    assert False is node_of(browser.client, "m3")["locked"]
    assert {"by": "kim", "machine": "m3", "owner": "bob"} == noted(database)[0][2]


def test_whom_the_form_named_has_it_no_more(kim: Browser, browser: Browser) -> None:
    """409: nobody is taken for the one before."""
    form = {**fields(opened(kim, "unlock", {"machine": "m3"})), "others": "true"}
    browser.client.put_json("/nodes/m3/lock", {"locked": False, "locked_by": "bob"})
    sent(kim, "unlock", form, status=409)
    browser.client.put_json("/nodes/m3/lock", {"locked": True, "locked_by": "eve"})

    assert "locked by eve now" in sent(kim, "unlock", form, status=409).text
    assert "eve" == node_of(browser.client, "m3")["locked_by"]


def test_the_chosen_ones(browser: Browser, database: Database) -> None:
    """The list has a box for each machine, and a form for them, of which one needs no JavaScript."""
    page = browser.get("/nodes/").html
    boxes = page.find_all("input", attrs={"name": "machine", "form": "chosen"})
    assert ["m1", "m2", "m3"] == sorted(box["value"] for box in boxes)
    assert "/actions/lock" == page.find("form", id="chosen")["action"]

    form = fields(chosen(browser, "lock", "m1", "m2"))
    assert ["m1", "m2"] == json.loads(form["machines"])
    sent(browser, "lock", {**form, "owner": "ann"})
    form = fields(chosen(browser, "unlock", "m2", "m1", "m3"))
    assert {"m1": "ann", "m2": "ann", "m3": "bob"} == json.loads(form["machines"])
    sent(browser, "unlock", {**form, "others": "true"})

    assert [False] * 3 == [node["locked"] for node in browser.client.get("/nodes/").json]
    assert 5 == len(noted(database))


def test_a_machine_is_marked(browser: Browser, database: Database) -> None:
    """Down and up, with what is said of it; 409 where it is so already."""
    assert "Mark down" in browser.get("/nodes/m1/").text
    do(browser, "mark", machine="m1", up="0", description="no power")

    shown = node_of(browser.client, "m1")
    assert (False, "no power") == (shown["up"], shown["description"])
    assert "no power" == fields(opened(browser, "mark", {"machine": "m1", "up": "1"}))["description"]
    sent(browser, "mark", {"machine": "m1", "up": "0"}, status=409)
    do(browser, "mark", machine="m1", up="1")
    assert ["machine.down", "machine.up"] == [what for what, _, _ in noted(database)]


def test_there_is_nothing_so_called(browser: Browser) -> None:
    """404; 400 for what names no machines."""
    for name in ("nothing", "", EVIL):
        for what in ("lock", "unlock", "mark"):
            opened(browser, what, {"machine": name}, status=404)
        sent(browser, "lock", {"machines": json.dumps([name])}, status=404)
        sent(browser, "unlock", {"machines": json.dumps({name: ""}), "others": "true"}, status=404)
        sent(browser, "mark", {"machine": name, "up": "1"}, status=404)
    for what in ("lock", "unlock"):
        sent(browser, what, {"machines": "[]" if what == "lock" else "{}"}, status=404)
        for wrong in ("", "x", "7", '"m1"', "[1]", '{"m1": 1}', '[["m1"]]', "[" * 300, '["a\\u0000"]', '"\\ud800"'):
            sent(browser, what, {"machines": wrong}, status=400)
    sent(browser, "lock", {"machines": json.dumps([str(each) for each in range(201)])}, status=400)
    sent(browser, "mark", {"machine": "m1"}, status=400)


def test_who_may(database: Database, settings: Settings, browser: Browser) -> None:
    """Nobody who has not logged in where tokens are asked for; no form that is not ours."""
    there = Browser(database, settings.model_copy(update={"results_access": "token"}))
    names = {"machines": '["m1"]', "machine": "m1", "up": "0"}
    for what in ("lock", "unlock", "mark"):
        there.get(f"/actions/{what}?machine=m1", status=401)
        sent(there, what, names, status=401)
        sent(browser, what, {**names, "csrf": "0" * 64}, status=403)

    assert [] == noted(database)


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_are_nothing_but_texts(browser: Browser, text: str) -> None:
    """What machines are called, why they are locked, and by whom."""
    make_node(browser.client, text)
    do(browser, "lock", machine=text, owner=text, description=text)
    shown = browser.client.get(f"/nodes/{quote(text, safe='')}/").json
    assert (text, text) == (shown["locked_by"], shown["description"])
    for path in ("/nodes/", f"/nodes/{quote(text, safe='')}/", f"/actions/unlock?machine={quote(text, safe='')}"):
        assert EVIL not in browser.get(path).text

    do(browser, "unlock", machine=text, others="true")
    do(browser, "mark", machine=text, up="0", description=text)

    assert False is browser.client.get(f"/nodes/{quote(text, safe='')}/").json["up"]
