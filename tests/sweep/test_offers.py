"""Changes that forges offer: taken when signed, built once by and by, and told of where they came from."""

import datetime
import hmac
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.projects import offers as stored
from paddles.settings import Settings
from paddles.sweep import offers
from tests.controllers.jobserv.wire import Api
from tests.projects.definitions import definition, run, trigger
from tests.projects.repositories import Served, serving
from tests.projects.test_forges import BASE, COMMENT_EVENT, MERGE_EVENT, PULL, PULL_EVENT, REPOSITORY, changed
from tests.sweep.forge import Forge, working
from tests.units import rows

PULLS = "/repos/lab-1/tool.x/pulls/17"
LABEL = "/repos/lab-1/tool.x/labels/ok-to-test"
MERGES = "/api/v4/projects/15/merge_requests/3"
SECRETS = [
    {"name": "webhook-key", "value": "k3y"},
    {"name": "githubtok", "value": "t0k"},
    {"name": "gitlabtok", "value": "t0k"},
]


@pytest.fixture
def forge() -> Iterator[Forge]:
    """A forge."""
    with working() as made:
        yield made


@pytest.fixture
def served() -> Iterator[Served]:
    """A server with the repository of the change."""
    with serving() as made:
        made.make()
        yield made


@pytest.fixture
def api(database: Database, settings: Settings, forge: Forge) -> Api:
    """The service, which knows the forge, with one project and a trigger for each kind of change."""
    said = {"git_to_private": True, "github_api_url": forge.url, "gitlab_servers": ("https://x", forge.url)}
    made = Api(database, settings, **said)
    made.project("a/p")
    for type_ in ("github_pr", "gitlab_mr"):
        made.send("POST", "/projects/a/p/triggers/", {"type": type_, "secrets": SECRETS}, status=201)
    return made


def define(served: Served, type_: str, file: str = ".jobserv.yml", **params: str) -> str:
    """Put a definition of two runs into the tree of the change; return its commit."""
    own = trigger("main", run("a"), run("b"), type=type_, params=params)
    return served.commit("change", {file: yaml.safe_dump(definition(own))})


def pull(served: Served, forge: Forge, sha: str, **said: Any) -> None:
    """Let GitHub show a pull request."""
    document = changed(changed(PULL, "head.sha", sha), "head.repo.clone_url", served.url())
    forge.pages[PULLS] = {**document, "statuses_url": f"{forge.url}/statuses/{sha}", **said}


def merge(served: Served, forge: Forge, sha: str) -> Any:
    """Let GitLab show a merge request, and return what its webhook says."""
    forge.pages[MERGES] = {"diff_refs": {"base_sha": BASE}}
    event = changed(MERGE_EVENT, "object_attributes.last_commit.id", sha)
    event = changed(event, "object_attributes.target.web_url", f"{forge.url}/lab/tool")
    return changed(event, "object_attributes.source.git_http_url", served.url())


def github(api: Api, said: Any = None, event: str = "pull_request", status: int = 202, **environ: str) -> None:
    """Send a webhook as GitHub does."""
    body = json.dumps(PULL_EVENT if said is None else said).encode()
    signature = f"sha256={hmac.digest(b'k3y', body, 'sha256').hex()}"
    shown = {"HTTP_X_HUB_SIGNATURE_256": signature, "HTTP_X_GITHUB_EVENT": event, **environ}
    api.client.send("POST", "/github/a/p/", body, status=status, **shown)


def gitlab(api: Api, said: Any, status: int = 202, token: str = "k3y", event: str = "Merge Request Hook") -> None:
    """Send a webhook as GitLab does."""
    shown = {"HTTP_X_GITLAB_TOKEN": token, "HTTP_X_GITLAB_EVENT": event}
    api.client.send("POST", "/gitlab/a/p/", said, status=status, **shown)


def after(seconds: float) -> datetime.datetime:
    """Return the moment so many seconds from now."""
    return datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)


def act(api: Api, seconds: float = 0) -> int:
    """Act on what was offered, so many seconds from now."""
    return offers.act(api.database, api.settings, after(seconds))


def waiting(api: Api) -> list[Any]:
    """Return the offers that wait, or were given up."""
    return rows(api.database, "SELECT * FROM offers ORDER BY id")


def built(api: Api) -> list[Any]:
    """Return the builds."""
    return rows(api.database, "SELECT number, trigger_name, trigger_type, params, secrets FROM builds ORDER BY number")


def test_a_pull_request_is_built(api: Api, served: Served, forge: Forge) -> None:
    """Once, with its variables and secrets; GitHub is asked with the token, and told that each run is pending."""
    sha = define(served, "github_pr")
    pull(served, forge, sha)
    github(api)

    assert [1, 0] == [act(api), act(api, 9000)]

    (build,) = built(api)
    params = json.loads(build.params)
    assert (sha, "17", "main", BASE) == tuple(params[k] for k in ("GIT_SHA", "GH_PRNUM", "GH_BRANCH", "GIT_SHA_BASE"))
    assert ("github_pr", ["githubtok", "gitlabtok", "webhook-key"]) == (build.trigger_type, build.secrets)
    assert {"token t0k"} == {headers["Authorization"] for headers in forge.shown}
    assert {f"/statuses/{sha}"} == {path for path, _, _ in forge.told}
    said = [json.loads(body) for _, _, body in forge.told]
    assert [("a", "pending"), ("b", "pending")] == [(each["context"], each["state"]) for each in said]
    assert said[0]["target_url"].endswith("/projects/a/p/builds/1/runs/a/")
    assert [] == waiting(api)


def test_a_merge_request_is_built(api: Api, served: Served, forge: Forge) -> None:
    """As a pull request is."""
    sha = define(served, "gitlab_mr")
    gitlab(api, merge(served, forge, sha))

    assert 1 == act(api)
    (build,) = built(api)
    params = json.loads(build.params)
    assert (sha, BASE) == (params["GIT_SHA"], params["GIT_SHA_BASE"])
    path, headers, _ = forge.told[0]
    assert "t0k" == headers["PRIVATE-TOKEN"]
    parts = urlsplit(path)
    assert f"/api/v4/projects/14/statuses/{sha}" == parts.path
    assert (["a"], ["pending"]) == tuple(parse_qs(parts.query)[name] for name in ("name", "state"))


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"HTTP_X_HUB_SIGNATURE_256": ""}, 401),
        ({"HTTP_X_HUB_SIGNATURE_256": "sha256=" + "0" * 64}, 403),
        ({"HTTP_X_GITHUB_EVENT": ""}, 400),
        ({"HTTP_X_GITHUB_EVENT": "nope"}, 400),
        ({"HTTP_X_GITHUB_EVENT": "ping"}, 200),
        ({"HTTP_X_GITHUB_EVENT": "push"}, 200),
    ],
)
def test_what_github_may_say(api: Api, environ: dict[str, str], status: int) -> None:
    """Signed with the key of a trigger; nothing is noted of what needs nothing."""
    github(api, status=status, **environ)

    assert [] == waiting(api)


def test_a_signature_of_the_older_kind_is_taken(api: Api) -> None:
    """Where there is no other."""
    body = json.dumps(COMMENT_EVENT).encode()
    shown = {"HTTP_X_HUB_SIGNATURE": f"sha1={hmac.digest(b'k3y', body, 'sha1').hex()}"}
    api.client.send("POST", "/github/a/p", body, status=202, HTTP_X_GITHUB_EVENT="issue_comment", **shown)

    assert 1 == len(waiting(api))


@pytest.mark.parametrize("said", [{}, [], "x", {**PULL_EVENT, "number": "17"}, {**PULL_EVENT, "repository": None}])
def test_what_is_no_webhook_is_refused(api: Api, said: Any) -> None:
    """400, and nothing is noted."""
    github(api, said, status=400)

    assert [] == waiting(api)


def test_gitlab_has_to_show_its_token(api: Api, served: Served, forge: Forge) -> None:
    """And to be one of those that the settings name."""
    said = merge(served, forge, BASE)
    for token in ("", "other"):
        gitlab(api, said, 403, token)
    gitlab(api, changed(said, "object_attributes.target.web_url", "http://127.0.0.1:1/lab/tool"), 403)
    gitlab(api, said, 400, event="Push Hook")
    gitlab(api, changed(said, "object_attributes.action", "close"), 200)

    assert [] == waiting(api)


def test_projects_without_a_key_take_no_webhooks(api: Api) -> None:
    """404, as where there is no project."""
    api.project("q")
    api.send("POST", "/projects/q/triggers/", {"type": "github_pr", "secrets": []}, status=201)
    for path in ("/github/q/", "/gitlab/q/", "/github/nope/", "/gitlab/nope/"):
        api.client.send("POST", path, {}, status=404)


def test_a_label_may_be_needed(api: Api, served: Served, forge: Forge) -> None:
    """Where the repository has ``ok-to-test``, the pull request must carry it."""
    sha = define(served, "github_pr")
    forge.pages[LABEL] = {"name": "ok-to-test"}
    pull(served, forge, sha, labels=[{"name": "bug"}])
    github(api)
    assert 1 == act(api)
    assert [] == built(api)
    pull(served, forge, sha, labels=[{"name": "bug"}, {"name": "ok-to-test"}])
    github(api, {**PULL_EVENT, "action": "labeled"})

    assert 1 == act(api)
    assert 1 == len(built(api))


def test_branches_that_no_trigger_is_for_are_not_built(api: Api, served: Served, forge: Forge) -> None:
    """And nobody is told."""
    pull(served, forge, define(served, "github_pr", GH_BRANCH="stable"))
    github(api)

    assert 1 == act(api)
    assert ([], [], []) == (built(api), waiting(api), forge.told)


def test_a_forge_that_is_away_is_asked_again(api: Api, served: Served, forge: Forge) -> None:
    """Later and later; what was built is not built again because the forge could not be told."""
    sha = define(served, "github_pr")
    pull(served, forge, sha)
    forge.status = 500
    github(api)
    assert [0, 0, 0] == [act(api), act(api, 5), act(api, 10)]
    (offer,) = waiting(api)
    assert (2, "due") == (offer.attempts, offer.status)
    forge.status = 201

    assert 1 == act(api, 1000)
    assert (1, []) == (len(built(api)), waiting(api))


def test_what_cannot_be_built_is_told(api: Api, served: Served, forge: Forge) -> None:
    """As a failure in a context of its own; it stays to be seen, and is forgotten in time."""
    pull(served, forge, served.commit("change", {".jobserv.yml": "timeout: soon"}))
    github(api)

    assert 0 == act(api)
    (_, _, body) = forge.told[0]
    said = json.loads(body)
    assert ("JobServ", "failure") == (said["context"], said["state"])
    assert "timeout" in said["description"]
    assert ["dead"] == [offer.status for offer in waiting(api)]
    assert 0 == act(api, 9000)
    assert 1 == transact(api.database, lambda session: stored.forget(session, after(9000), 10))


def test_statuses_go_to_the_forge_alone(api: Api, served: Served, forge: Forge) -> None:
    """Wherever a pull request says that they go: the token is shown nowhere else."""
    pull(served, forge, define(served, "github_pr"), statuses_url=f"{served.url()}/statuses")
    github(api)
    act(api)

    assert "no server of the settings" in waiting(api)[0].fault
    assert not [path for path, _ in served.asked if "statuses" in path]


def test_the_definition_of_the_trigger_counts(api: Api, served: Served, forge: Forge) -> None:
    """Where it names a repository, in a file called as the project."""
    served.make("/d.git")
    text = yaml.safe_dump(definition(trigger("other", type="github_pr")))
    served.commit("define", {"a/p.yml": text}, path="/d.git")
    pull(served, forge, define(served, "github_pr"))
    number = api.send("GET", "/projects/a/p/triggers/?type=github_pr")[0]["id"]
    api.send("PATCH", f"/projects/a/p/triggers/{number}/", {"definition_repo": served.url("/d.git")})
    github(api)

    assert 1 == act(api)
    assert ["other"] == [build.trigger_name for build in built(api)]


def test_a_repository_of_github_is_named_by_its_event(api: Api, forge: Forge) -> None:
    """One that is gone is a failure."""
    github(api, {**PULL_EVENT, "repository": {**REPOSITORY, "name": "gone"}})

    assert 0 == act(api)
    assert "no pull request 17" in waiting(api)[0].fault
