"""``/projects/`` as pages: projects, builds, their runs, and who is shown what starts them."""

import pytest

from paddles.archive import tests as core
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.projects import polls
from paddles.settings import Settings
from paddles.web import page_words
from tests.conftest import NOW
from tests.controllers.jobserv.wire import TOKEN, Api
from tests.controllers.kernelci.wire import make_person
from tests.controllers.pages.parsing import BROWSER, harmless, links, page, told
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


def said_of(api: Api, key: str) -> None:
    """Have the holder of a run begin, and say something."""
    api.begin("/projects/f/app/builds/1/", key)
    said = {"HTTP_AUTHORIZATION": f"Token {TOKEN}", "HTTP_X_RUN_STATUS": "RUNNING"}
    api.client.send("POST", f"/projects/f/app/builds/1/runs/{key}/", b"a line\n", status=200, **said)


def test_a_project_leads_to_its_runs(api: Api) -> None:
    """From each page to the next, the last of which has what was tested, the log and the files."""
    assert "/projects/f/app/" in links(page(api.client, "/projects/"))
    assert "/projects/f/app/builds/" in links(page(api.client, "/projects/f/app/"))
    builds = page(api.client, "/projects/f/app/builds/")
    assert "/projects/f/app/builds/1/" in links(builds)
    assert "1 build" in told(builds)
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


def test_names_are_text_and_parts_of_addresses(api: Api) -> None:
    """Of projects, of tags, of runs made elsewhere and of their files: every link leads where it says, and no other."""
    name = f"{EVIL}/a?b#c%2f&d"
    start = api.project(name, **{"allowed-host-tags": [EVIL.lower()]})
    elsewhere = {"name": "x", "artifact-links": [{"name": f"a/{EVIL.replace('/', '')}?#%", "url": "https://x/y"}]}
    api.send("POST", f"{start}external-builds/", {"trigger-name": EVIL, "runs": [elsewhere]}, status=201)

    assert start in links(page(api.client, "/projects/"))
    assert EVIL.lower() in told(page(api.client, start))
    assert f"{start}builds/1/" in links(page(api.client, f"{start}builds/"))
    assert f"{start}builds/1/runs/x/" in links(page(api.client, f"{start}builds/1/"))
    (file,) = [to for to in links(page(api.client, f"{start}builds/1/runs/x/")) if "/runs/x/a/" in to]
    assert "https://x/y" == api.client.get(file, status=302).headers["Location"]


def test_a_log_is_shown_by_lines_to_whom_results_are(api: Api, database: Database, settings: Settings) -> None:
    """While it grows and afterwards; where JobServ's face is more guarded there is the file alone."""
    run = "/projects/f/app/builds/1/runs/b/"
    log = f"/jobs/{api.row('b').id}/log"
    assert log not in links(page(api.client, run))
    said_of(api, "b")

    assert log in links(page(api.client, run))
    assert "a line" in told(page(api.client, log))
    admin = make_person(database, settings, "admin", is_superuser=True)
    guarded = Api(database, settings, jobserv_access="token")
    said = {**BROWSER, "Authorization": f"Bearer {admin.token}"}
    assert log not in links(guarded.client.get(run, headers=said, status=200).html)


def test_builds_that_are_failing_are_seen_to() -> None:
    """Their word is one of those that say how it goes."""
    assert {"fail"} == {page_words.kind(word) for word in ("failing", "fail")}


def test_what_a_trigger_looked_for_is_told(api: Api, database: Database, settings: Settings) -> None:
    """To administrators: when it last looked, and what was wrong then."""
    trigger_id = api.send("POST", "/projects/f/app/triggers/", {"type": "git_poller"}, status=201)["id"]
    admin = make_person(database, settings, "admin", is_superuser=True)

    def work(session: Session) -> None:
        polls.claim(session, NOW, 1)
        polls.done(session, trigger_id, EVIL, NOW, NOW)

    transact(database, work)

    shown = api.client.get("/projects/f/app/", headers={**BROWSER, "Authorization": f"Bearer {admin.token}"}).html
    harmless(shown)
    assert EVIL in told(shown)
    assert f"{NOW:%Y-%m-%d %H:%M} UTC" in told(shown)


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
