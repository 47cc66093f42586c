"""``pecan project``: projects made and looked after on the machine itself."""

import datetime
import io

import pytest

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.commands.conftest import Pecan
from tests.controllers.jobserv.wire import Api
from tests.units import rows


@pytest.fixture
def api(database: Database, settings: Settings) -> Api:
    """The face of builds."""
    return Api(database, settings)


def test_projects_are_made_listed_and_deleted(pecan: Pecan, api: Api) -> None:
    """A line each, by name."""
    pecan("project", "create", "b", "--synchronous", "--host-tag", "ARM", "--host-tag", "x86")
    pecan("project", "create", "a/b")

    assert "a/b\t-\t-\nb\tsynchronous\tarm,x86\n" == pecan("project", "list")
    pecan("project", "delete", "b")
    assert "a/b\t-\t-\n" == pecan("project", "list")


def test_a_trigger_is_added(pecan: Pecan, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """With secrets from the command line, or from the standard input, which nobody sees in a list of processes."""
    api.project("p")
    monkeypatch.setattr("sys.stdin", io.StringIO("s3cret\n"))

    words = ("--secret", "a=b=c", "--secret", "tok", "--repo", "https://x/y.git", "--file", "f.yml")
    number = int(pecan("project", "add-trigger", "p", "git_poller", *words))

    (trigger,) = api.send("GET", "/project-triggers/")
    assert (number, {"a": "b=c", "tok": "s3cret"}) == (trigger["id"], trigger["secrets"])
    assert ("https://x/y.git", "f.yml") == (trigger["definition_repo"], trigger["definition_file"])


def test_old_builds_are_pruned(pecan: Pecan, api: Api, database: Database) -> None:
    """Those that have ended and were not promoted; with their runs and jobs."""
    api.project("p")
    builds = [api.build() for _ in range(5)]
    for build in builds[:4]:
        api.done(build, "unit")
    api.send("POST", f"{builds[0]}promote", {"name": "v1"}, status=201)
    with database.writer.begin() as session:
        old = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=10)
        session.exec_driver_sql("UPDATE runs SET posted = %s WHERE name <> 'p/builds/4'", (old,))

    assert "0 builds pruned\n" == pecan("project", "prune-builds", "p", "11")
    assert "2 builds pruned\n" == pecan("project", "prune-builds", "p", "9")

    left = [build["build_id"] for build in api.get("/projects/p/builds/")["builds"]]
    assert [5, 4, 1] == left
    assert 3 == len(rows(database, "SELECT FROM jobs"))


@pytest.mark.parametrize(("words", "code", "said"), [
    ((), 2, "say what to do"), (("dance",), 2, "say what to do"), (("create",), 2, "say which project"),
    (("create", "a/../b"), 1, "project's name"), (("delete", "nope"), 1, "there is no project nope"),
    (("add-trigger", "p"), 2, "of which type"), (("add-trigger", "p", "cron"), 1, "one of the types"),
    (("add-trigger", "p", "simple", "--secret", "a b=c"), 1, "a secret is called"),
    (("prune-builds", "p"), 2, "how many days"), (("prune-builds", "p", "-1"), 2, "how many days"),
    (("prune-builds", "nope", "1"), 1, "there is no project nope"), (("create", "p"), 1, "there is a project p"),
])  # fmt: skip
def test_what_cannot_be_done_is_said(pecan: Pecan, api: Api, words: tuple[str, ...], code: int, said: str) -> None:
    """In one line."""
    api.project("p")

    assert said in pecan("project", *words, code=code)


def test_the_status_of_builds_is_counted_again(pecan: Pecan, api: Api, database: Database) -> None:
    """By their jobs; what differs is told and set right."""
    api.project("p")
    build = api.build()
    api.done(build, "unit")
    assert pecan("recount").startswith("1 runs counted")
    with database.writer.begin() as session:
        session.exec_driver_sql("UPDATE builds SET status = 'running'")

    wrong = "p/builds/1: running, by its jobs pass\n"
    assert pecan("recount", "--check", code=1).startswith(wrong)
    assert pecan("recount", code=1).startswith(wrong)
    assert "PASSED" == api.status(build)
    pecan("recount")
