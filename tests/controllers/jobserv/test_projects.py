"""Projects on the wire: made, listed, shown, changed, deleted; and who may."""

import datetime
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from tests.controllers.jobserv.wire import HOST, KEY, Api, signed
from tests.units import events_of, rows

SURE = {"I_REALLY_MEAN_TO_DO_THIS": "YES"}


def test_a_project_is_made_and_shown(api: Api) -> None:
    """By its name, with addresses that begin as the request's did; told on the channel of projects."""
    body = {"name": "factory/app", "synchronous-builds": True, "allowed-host-tags": ["B", "a", "a"]}

    assert {"url": f"{HOST}/projects/factory/app/"} == api.send("POST", "/projects/", body, status=201)
    api.project("a project")

    shown = {
        "name": "factory/app",
        "synchronous-builds": True,
        "url": f"{HOST}/projects/factory/app/",
        "allowed-host-tags": ["a", "b"],
    }
    other = {"name": "a project", "synchronous-builds": False, "url": f"{HOST}/projects/a%20project/"}
    assert {"projects": [other, shown]} == api.get("/projects/")
    assert {"project": {**shown, "builds_url": f"{shown['url']}builds/"}} == api.get("/projects/factory/app")
    events = [(event.type, event.subject) for event in events_of(api.database, "project")]
    assert [("project.created", "projects/factory/app"), ("project.created", "projects/a project")] == events


@pytest.mark.parametrize("path", ["/projects/factory/app", "//projects//factory/app//", "/projects/factory%2Fapp/"])
def test_slashes_may_be_missing_or_twice(api: Api, path: str) -> None:
    """An address is the same with and without them, and a name with a slash may be escaped."""
    api.project("factory/app")

    assert "factory/app" == api.get(path)["project"]["name"]
    assert [] == api.get(f"{path}/builds")["builds"]


@pytest.mark.parametrize(
    "body",
    [
        {}, {"name": ""}, {"name": 7}, {"name": "a//b"}, {"name": "/a"}, {"name": "a/../b"}, {"name": "a\nb"},
        {"name": "a/builds"}, {"name": "x" * 257}, {"name": "a", "allowed-host-tags": "b"},
        {"name": "a", "allowed-host-tags": [7]}, {"name": "a", "allowed-host-tags": [""]},
        {"name": "a", "synchronous-builds": "yes"}, [],
    ],
)  # fmt: skip
def test_what_is_no_project_is_refused(api: Api, body: Any) -> None:
    """400, and nothing is made."""
    api.send("POST", "/projects/", body, status=400)

    assert [] == api.get("/projects/")["projects"]


def test_a_name_is_taken_once(api: Api) -> None:
    """Conflict for the second, who hears which name it is."""
    api.project("p")

    assert "p" in api.send("POST", "/projects/", {"name": "p"}, status=409)


@pytest.mark.parametrize(("tags", "shown"), [(["Arm64"], ["arm64"]), ([], None), (None, None)])
def test_allowed_tags_are_set_and_cleared(api: Api, tags: Any, shown: Any) -> None:
    """In lower case; none lets the project ask for any machine."""
    path = api.project(**{"allowed-host-tags": ["x"]})

    assert {} == api.send("PATCH", path, {"allowed-host-tags": tags})

    assert shown == api.get(path)["project"].get("allowed-host-tags")


@pytest.mark.parametrize(
    "body", [{}, {"name": "q"}, {"allowed-host-tags": "a"}, {"allowed-host-tags": [], "name": "q"}]
)
def test_nothing_else_of_a_project_changes(api: Api, body: Any) -> None:
    """400 for whatever is no list of tags."""
    api.send("PATCH", api.project(), body, status=400)


def test_a_project_goes_with_all_that_was_built(api: Api) -> None:
    """When somebody says that it is meant; its builds, their runs and its triggers go with it."""
    path = api.project()
    api.send("POST", f"{path}triggers/", {"type": "simple", "secrets": []}, status=201)
    api.build()

    for body in ({}, {"I_REALLY_MEAN_TO_DO_THIS": "no"}):
        api.send("DELETE", path, body, status=400)
    api.send("DELETE", path, SURE)

    assert [] == api.get("/projects/")["projects"]
    for table in ("projects", "triggers", "builds", "runs", "jobs", "build_jobs", "build_changes"):
        assert [] == rows(api.database, f"SELECT FROM {table}"), table
    api.send("DELETE", path, SURE, status=404)


@pytest.mark.parametrize("path", ["/projects/nope/", "/projects/nope/builds/", "/projects/p/builds/x/",
    "/projects/p/builds/1/", "/projects/p/builds/latest/", "/projects/p/builds/99999999999999999999/",
    "/projects/p/builds/1/project.yml", "/projects/p/builds/1/runs/", "/projects/p/builds/1/runs/r/",
    "/projects/nope/history/r/", "/projects/nope/promoted-builds/", "/projects/p/promoted-builds/n/",
])  # fmt: skip
def test_what_is_not_there_is_not_found(api: Api, path: str) -> None:
    """404 with the face's own document."""
    api.project("p")

    assert api.get(path, status=404)


@pytest.mark.parametrize("path", ["/projects/../x/", "/projects/a/../b/builds/", "/projects/a/./b/"])
def test_a_path_that_climbs_is_refused(api: Api, path: str) -> None:
    """400 for a segment of dots; two dots within a name are part of it."""
    api.project("a..b")

    assert api.get(path, status=400)
    assert "a..b" == api.get("/projects/a..b/")["project"]["name"]


MINUTE = datetime.timedelta(minutes=1)


def ago(minutes: int) -> datetime.datetime:
    """Return the moment so many minutes before now."""
    return datetime.datetime.now(datetime.UTC) - minutes * MINUTE


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        (dict, 401),
        (lambda: signed("POST", "/projects/"), 201),
        (lambda: signed("POST", "/projects/", ago(4)), 201),
        (lambda: signed("POST", "/projects/", ago(6)), 401),
        (lambda: signed("POST", "/projects/", ago(-6)), 401),
        (lambda: signed("POST", "/projects/", key="another"), 401),
        (lambda: signed("PUT", "/projects/"), 401),
        (lambda: signed("POST", "/projects/x/"), 401),
        (lambda: {**signed("POST", "/projects/"), "HTTP_X_TIME": "soon"}, 401),
        (lambda: {**signed("POST", "/projects/"), "HTTP_X_JOBSERV_SIG": "ü"}, 401),
        (lambda: {**signed("POST", "/projects/"), "HTTP_X_TIME": ""}, 401),
        (lambda: {"HTTP_AUTHORIZATION": "Bearer nonsense"}, 401),
    ],
)
def test_projects_are_made_by_whoever_knows_the_key(api: Api, shown: Callable[[], dict[str, str]], status: int) -> None:
    """The method, the moment and the address are signed; a signature is good for five minutes."""
    api.client.send("POST", "/projects/", {"name": "p"}, status=status, **shown())


def test_without_a_key_no_signature_is_good(api: Api) -> None:
    """Not even one made with none."""
    closed = Api(api.database, api.settings, jobserv_internal_api_key="")

    closed.client.send("POST", "/projects/", {"name": "p"}, status=401, **signed("POST", "/projects/", key=""))
    closed.client.send("POST", "/projects/", {"name": "p"}, status=401, **signed("POST", "/projects/", key=KEY))


SECRET = "s" * 40


def front(key: str = SECRET, **said: Any) -> dict[str, str]:
    """Return what a web front shows for somebody who is at it."""
    expires = int((ago(0) + said.pop("for_", MINUTE)).timestamp())
    claims = {"login": "ann", "email": "a@x", "name": "Ann", "is_admin": True, "exp": expires, **said}
    return {"HTTP_AUTHORIZATION": f"Bearer {jwt.encode(claims, key, algorithm='HS256')}"}


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({}, 201),
        ({"is_admin": False}, 403),
        ({"is_admin": "yes"}, 403),
        ({"login": ""}, 401),
        ({"login": "a\nb"}, 401),
        ({"key": "k" * 40}, 401),
        ({"for_": -MINUTE}, 401),
    ],
)
def test_a_web_front_speaks_for_who_is_at_it(api: Api, said: dict[str, Any], status: int) -> None:
    """Where it shares a secret with the service; administrators may do everything."""
    open_, shown = Api(api.database, api.settings, gavel_jwt_secret=SECRET), front(**said)

    open_.client.send("POST", "/projects/", {"name": "p"}, status=status, **shown)
    api.client.send("POST", "/projects/", {"name": "q"}, status=401, **shown)


def test_a_proxy_near_us_says_how_it_was_asked(api: Api) -> None:
    """Addresses begin as the client knows the service."""
    said = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "ci.example", "REMOTE_ADDR": "127.0.0.1"}
    api.project()

    shown = api.client.get("/projects/p/", extra_environ=said).json["data"]["project"]

    assert "https://ci.example/projects/p/" == shown["url"]
