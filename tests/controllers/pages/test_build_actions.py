"""Builds are cancelled and their runs done again on their pages, by administrators."""

from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.controllers.jobserv.wire import Api
from tests.controllers.kernelci.wire import make_person
from tests.controllers.pages.browser import Browser
from tests.controllers.pages.doing import do, fields, noted, opened, sent
from tests.controllers.pages.parsing import told
from tests.projects.definitions import definition, run, trigger

BUILD = "/projects/f/app/builds/1/"


@pytest.fixture
def api(database: Database, settings: Settings) -> Api:
    """A service with a project of one build of two runs, one of which has ended."""
    made = Api(database, settings)
    made.project("f/app")
    build = made.build("f/app", definition(trigger("main", run("a"), run("b"))))
    made.done(build, "a", "fail")
    return made


@pytest.fixture
def browser(api: Api, database: Database, settings: Settings) -> Browser:
    """The browser of root, who may do everything."""
    make_person(database, settings, "root", is_superuser=True)
    made = Browser(database, settings)
    made.login("root")
    return made


def of(**more: str) -> dict[str, str]:
    """Return what names the build."""
    return {"project": "f/app", "build": "1", **more}


def test_a_build_is_cancelled(api: Api, browser: Browser, database: Database) -> None:
    """The form says how many runs go on; afterwards the build has ended, and cannot be cancelled again."""
    assert "/actions/cancel-build?" in browser.get(BUILD).text
    page = opened(browser, "cancel-build", of())
    assert "One run has not ended." in told(page)

    answer = do(browser, "cancel-build", **of())

    assert f"http://localhost{BUILD}" == answer.headers["Location"]
    assert "FAILED" == api.status(BUILD)
    assert "/actions/cancel-build?" not in browser.get(BUILD).text
    sent(browser, "cancel-build", fields(page), status=409)
    said = {"by": "root", "project": "f/app", "build": "1"}
    assert [("build.cancelled", BUILD.strip("/"), said)] == noted(database)


def test_a_run_is_done_again(api: Api, browser: Browser, database: Database) -> None:
    """Once it has ended; the other one is cancelled by itself."""
    assert "/actions/rerun-build?" in browser.get(f"{BUILD}runs/a/").text
    assert opened(browser, "rerun-build", of(run="b")).find("button", class_="danger") is None
    sent(browser, "rerun-build", of(run="b"), status=409)

    do(browser, "rerun-build", **of(run="a"))
    do(browser, "cancel-build", **of(run="b"))

    assert {"a": "QUEUED", "b": "FAILED"} == api.runs(BUILD)
    assert ["build.rerun", "build.cancelled"] == [what for what, _, _ in noted(database)]


@pytest.mark.parametrize("what", ["cancel-build", "rerun-build"])
def test_who_may(api: Api, database: Database, settings: Settings, what: str) -> None:
    """401 for nobody, 403 for whoever else has logged in and for forms that are not ours; no button for them."""
    make_person(database, settings, "kim")
    there = Browser(database, settings)
    address = f"/actions/{what}?project=f/app&build=1&run=a"
    there.get(address, status=401)
    sent(there, what, of(run="a"), status=401)
    there.login("kim")
    there.get(address, status=403)
    sent(there, what, of(run="a"), status=403)

    assert "/actions/" not in there.get(f"{BUILD}runs/a/").text
    assert "/actions/" not in there.get(BUILD).text
    assert {"a": "FAILED", "b": "QUEUED"} == api.runs(BUILD)


@pytest.mark.parametrize(
    "named",
    [
        of(build="9"),
        of(build="x"),
        of(build="9" * 30),
        of(build=""),
        of(project="nothing"),
        of(run="nothing"),
        of(run="<script>"),
        of(project="../x", run="a"),
    ],
)
def test_there_is_nothing_so_called(browser: Browser, named: Any) -> None:
    """404 or 400, whatever is asked; nothing is noted."""
    for what in ("cancel-build", "rerun-build"):
        refused = browser.post(f"/actions/{what}", named, status="4*")
        assert refused.status_int in (400, 404)
        assert "<script>alert" not in refused.text
    sent(browser, "rerun-build", of(), status=404)
