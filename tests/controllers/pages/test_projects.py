"""``/projects/`` as pages: projects, builds, their runs, and who is shown what starts them."""

import pytest

from paddles.archive import tests as core
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.settings import Settings
from tests.conftest import NOW
from tests.controllers.jobserv.wire import Api
from tests.controllers.kernelci.wire import make_person
from tests.controllers.pages.parsing import BROWSER, links, page, told
from tests.controllers.test_statements import counted
from tests.projects.definitions import definition, run, trigger

EVIL = "<script>alert(1)</script>{{ 7*7 }}"
RUN = "/projects/f/app/builds/1/runs/a/"
STATEMENTS = {
    "/projects/": 1,
    "/projects/f/app/": 1,
    "/projects/f/app/builds/": 3,
    "/projects/f/app/builds/1/": 3,
    RUN: 5,
}


@pytest.fixture
def api(database: Database, settings: Settings) -> Api:
    """A service with a project of one build of two runs, one of which has ended and tested something."""
    made = Api(database, settings)
    made.project("f/app")
    build = made.build("f/app", definition(trigger("main", run("a"), run("b"))), reason=EVIL)
    made.done(build, "a", "fail")
    reported(made, "a", 1)
    return made


def reported(api: Api, key: str, many: int) -> None:
    """Have tests reported of a run."""
    case = {"name": EVIL, "status": "fail", "waived": False, "output": EVIL, "measurement": None, "units": ""}
    suite = {"name": EVIL, "context": EVIL, "status": "fail", "duration_s": 1.0, "faults": []}
    tests = [{**suite, "name": f"{EVIL} {n}", "cases": [{**case, "duration_s": None}]} for n in range(many)]
    transact(api.database, lambda session: core.store(session, api.row(key).id, tests, NOW))


def test_a_project_leads_to_its_runs(api: Api) -> None:
    """From each page to the next, the last of which has what was tested, the log and the files."""
    assert "/projects/f/app/" in links(page(api.client, "/projects/"))
    assert "/projects/f/app/builds/" in links(page(api.client, "/projects/f/app/"))
    builds = page(api.client, "/projects/f/app/builds/")
    assert "/projects/f/app/builds/1/" in links(builds)
    assert "1 builds" in told(builds)
    build = page(api.client, "/projects/f/app/builds/1/")
    assert RUN in links(build)
    assert "Trigger main" in told(build)
    shown = page(api.client, RUN)
    assert f"{RUN}console.log" in links(shown)
    assert "Status fail" in told(shown)


def test_what_strangers_say_is_text(api: Api) -> None:
    """Reasons, names of tests and what these put out."""
    assert f"Reason {EVIL}" in told(page(api.client, "/projects/f/app/builds/1/"))
    assert 5 == told(page(api.client, RUN)).count(EVIL)


def test_where_nothing_is_it_is_said(api: Api) -> None:
    """A run without tests, a project without builds, a page behind the last one."""
    api.project("empty")

    assert "No tests." in told(page(api.client, "/projects/f/app/builds/1/runs/b/"))
    assert "No builds." in told(page(api.client, "/projects/empty/builds/"))
    assert "No builds on this page." in told(page(api.client, "/projects/f/app/builds/?page=9"))


def test_builds_have_pages(api: Api) -> None:
    """The newest first; each leads to the next."""
    api.build("f/app")
    soup = page(api.client, "/projects/f/app/builds/?limit=1")

    assert "/projects/f/app/builds/2/" in links(soup)
    assert "?limit=1&page=1" in links(soup)
    assert "/projects/f/app/builds/1/" in links(page(api.client, "/projects/f/app/builds/?limit=1&page=1"))


def test_triggers_are_for_administrators(api: Api, database: Database, settings: Settings) -> None:
    """As in the JSON; their secrets are on no page."""
    said = {"type": "simple", "owner": EVIL, "secrets": [{"name": "token", "value": "hidden-value"}]}
    api.send("POST", "/projects/f/app/triggers/", said, status=201)
    admin = make_person(database, settings, "admin", is_superuser=True)
    user = make_person(database, settings, "ann")

    for who in ({}, {"Authorization": f"Bearer {user.token}"}):
        shown = api.client.get("/projects/f/app/", headers={**BROWSER, **who}, status=200)
        assert "shown to administrators" in shown.text
        assert "simple" not in shown.text
    shown = api.client.get("/projects/f/app/", headers={**BROWSER, "Authorization": f"Bearer {admin.token}"})
    assert "simple" in shown.text
    assert "hidden-value" not in shown.text
    assert "<script>alert" not in shown.text


@pytest.mark.parametrize(
    "path",
    ["/projects/x/", "/projects/x/builds/", "/projects/f/app/builds/9/", "/projects/f/app/builds/x/", f"{RUN}x/"],
)
def test_what_is_not_there(api: Api, path: str) -> None:
    """It is 404."""
    api.client.get(path, headers=BROWSER, status=404)


def test_a_closed_face_has_no_pages(database: Database, settings: Settings) -> None:
    """The pages follow the setting of JobServ's face."""
    closed = Api(database, settings, jobserv_access="closed")

    closed.client.get("/projects/", headers=BROWSER, status=403)


@pytest.mark.parametrize("path", STATEMENTS)
def test_pages_take_few_statements(api: Api, path: str) -> None:
    """However much there is."""
    reported(api, "a", 30)
    for _ in range(3):
        api.build("f/app")
    with counted() as statements:
        page(api.client, path)

    assert STATEMENTS[path] == len(statements)
