"""Webhooks that are made at GitHub: with a trigger that knows their key, or with words of why not, and no trigger."""

import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.controllers.jobserv.wire import Api
from tests.projects.test_forges import PULL_EVENT
from tests.sweep.forge import Forge, working
from tests.units import rows

PATH = "/github/a/p/webhook/"
SAID = {"owner": "lab-1", "project": "tool.x", "githubtok": "t0k"}
HOOKS = "/repos/lab-1/tool.x/hooks"
SECRET = "t0k"


@pytest.fixture
def forge() -> Iterator[Forge]:
    """A forge."""
    with working() as made:
        yield made


@pytest.fixture
def api(database: Database, settings: Settings, forge: Forge) -> Api:
    """The service, which knows the forge, with one project."""
    made = Api(database, settings, github_api_url=f"{forge.url}/", public_base_url="https://ci.example/x/")
    made.project("a/p")
    return made


def triggers(api: Api) -> list[dict[str, Any]]:
    """Return all triggers, with their secrets."""
    return list(api.send("GET", "/project-triggers/"))


def test_a_repository_sends_its_changes(api: Api, forge: Forge) -> None:
    """What GitHub then sends is signed with the key of the trigger."""
    made = api.send("POST", PATH, SAID, status=201)

    [(path, headers, sent)] = forge.told
    assert (HOOKS, "token t0k", "application/json") == (path, headers["Authorization"], headers["Content-Type"])
    document = json.loads(sent)
    config = document.pop("config")
    assert {"name": "web", "active": True, "events": ["pull_request", "issue_comment"]} == document
    assert ("https://ci.example/x/github/a/p/", "json") == (config["url"], config["content_type"])
    [trigger] = triggers(api)
    assert {"githubtok": "t0k", "webhook-key": config["secret"]} == trigger["secrets"]
    assert (made["id"], "github_pr", "a/p", "lab-1") == tuple(trigger[key] for key in ("id", "type", "project", "user"))
    body = json.dumps(PULL_EVENT).encode()
    signature = hmac.digest(config["secret"].encode(), body, "sha256").hex()
    shown = {"HTTP_X_HUB_SIGNATURE_256": f"sha256={signature}", "HTTP_X_GITHUB_EVENT": "pull_request"}
    api.client.send("POST", "/github/a/p/", body, status=202, **shown)


def test_the_trigger_has_what_else_is_said(api: Api, forge: Forge) -> None:
    """Where its definition lies; every further key is a secret. The key is ours, whatever is said; each has another."""
    more = {
        "definition_repo": "https://git.example/d.git",
        "definition_file": "ci.yml",
        "netrc-x": "n",
        "webhook-key": "k",
    }
    api.send("POST", PATH.rstrip("/"), {**SAID, **more}, status=201)
    api.send("POST", PATH, {**SAID, "definition_repo": None}, status=201)

    one, other = triggers(api)
    assert ("https://git.example/d.git", "ci.yml") == (one["definition_repo"], one["definition_file"])
    assert {"githubtok", "netrc-x", "webhook-key"} == set(one["secrets"])
    keys = {trigger["secrets"]["webhook-key"] for trigger in (one, other)}
    assert keys == {json.loads(sent)["config"]["secret"] for _, _, sent in forge.told}
    assert 2 == len(keys - {"k"})


def test_a_token_is_told_to_github_alone(api: Api, forge: Forge, caplog: pytest.LogCaptureFixture) -> None:
    """At rest it is sealed, as all secrets are, and it is in no answer and no log."""
    with caplog.at_level("DEBUG"):
        api.send("POST", PATH, {**SAID, "githubtok": "ghp_verysecret"}, status=201)
        forge.status = 401
        api.send("POST", PATH, {**SAID, "githubtok": "ghp_verysecret"}, status=400)

    assert "verysecret" not in caplog.text
    assert b"verysecret" not in bytes(rows(api.database, "SELECT sealed FROM triggers")[0].sealed)


EXISTS = {"message": "Validation Failed", "errors": [{"message": "Hook already exists on this repository"}]}


@pytest.mark.parametrize(("answer", "content", "status", "message"), [
    (401, {"message": "Bad credentials"}, 400, "GitHub answers 401: Bad credentials; githubtok is not good there"),
    (403, {"message": "Not accessible"}, 400, "GitHub answers 403: Not accessible; githubtok needs the right to"),
    (404, {"message": "Not Found"}, 400, "GitHub answers 404: Not Found; there is no such repository, or githubtok"),
    (422, EXISTS, 409, "GitHub answers 422: Validation Failed; Hook already exists on this repository"),
    (422, {"message": "Not\r\n\tvalid", "errors": ["x", None, {}]}, 400, "GitHub answers 422: Not valid"),
    (301, {"message": "Moved Permanently", "url": "http://x"}, 400, "GitHub answers 301: Moved Permanently"),
    (200, {}, 400, "GitHub answers 200: no words"), (400, [], 400, "GitHub answers 400: no words"),
    (429, {"message": "slow down"}, 503, "GitHub answers 429: slow down"),
    (500, None, 503, "GitHub answers 500: no words"), (502, b"<html>", 503, "GitHub answers 502: no words"),
    (400, {"message": "x" * 9000}, 400, f"GitHub answers 400: {'x' * 500}"),
    (400, {"message": {"a": 1}, "errors": {"message": "y"}}, 400, "GitHub answers 400: {'a': 1}"),
])  # fmt: skip
def test_what_github_refuses(api: Api, forge: Forge, answer: int, content: Any, status: int, message: str) -> None:
    """In its words, with what may be done about it; there is no trigger then, and what is right is taken afterwards."""
    forge.status, forge.answer = answer, content if isinstance(content, bytes) else json.dumps(content).encode()

    said = api.send("POST", PATH, SAID, status=status)

    assert said.startswith(message)
    assert 600 > len(said)
    assert [] == triggers(api)
    forge.status = 201
    api.send("POST", PATH, SAID, status=201)


def test_a_github_that_is_away(database: Database, settings: Settings) -> None:
    """503, and to be tried again; nothing stays."""
    api = Api(database, settings)
    api.project("a/p")

    assert "GitHub does not answer: ConnectionRefusedError" in api.send("POST", PATH, SAID, status=503)
    assert [] == triggers(api)


def test_an_answer_without_an_end_is_none(api: Api, forge: Forge) -> None:
    """It is read up to a bound."""
    forge.answer = b" " * (2**22 + 1)

    assert "answered with more than" in api.send("POST", PATH, SAID, status=503)
    assert [] == triggers(api)


@pytest.mark.parametrize("wrong", [
    {"owner": ".."}, {"project": "."}, {"owner": "a/b"}, {"project": "x?y"}, {"owner": ""}, {"project": "x" * 101},
    {"owner": "ä"}, {"owner": 5}, {"githubtok": ""}, {"githubtok": "a\r\nX: y"}, {"githubtok": "a b"},
    {"githubtok": None}, {"a b": "x"}, {"more": 5}, {"more": "\0"}, {"definition_repo": 5}, {"definition_file": "a\nb"},
])  # fmt: skip
def test_what_is_no_repository_or_secret(api: Api, forge: Forge, wrong: dict[str, Any]) -> None:
    """400, and GitHub hears nothing."""
    assert api.send("POST", PATH, {**SAID, **wrong}, status=400)
    for key in wrong.keys() & SAID.keys():
        api.send("POST", PATH, {name: value for name, value in SAID.items() if name != key}, status=400)

    assert [] == forge.told
    assert [] == triggers(api)


def test_it_is_for_administrators(api: Api, forge: Forge) -> None:
    """And for projects that there are; a project may be called as what is behind one."""
    answer = api.client.send("POST", PATH, SAID, status=401).json
    assert "error" == answer["status"]
    assert "there is no project" in api.send("POST", "/github/x/webhook/", SAID, status=404)
    assert [] == forge.told
    api.client.get(PATH, status=405)
    api.project("webhook")
    api.send("POST", "/github/webhook/webhook/", SAID, status=201)
    assert "webhook" == triggers(api)[0]["project"]
    api.client.send("POST", "/github/webhook/", {}, status=401)
