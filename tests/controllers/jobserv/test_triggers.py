"""Triggers on the wire: their secrets go in, and come out by name alone but for whoever may see all of them."""

from typing import Any

import pytest

from tests.controllers.jobserv.wire import Api
from tests.units import events_of, rows

TYPES = ("simple", "git_poller", "github_pr", "gitlab_mr", "schedule")
PATH = "/projects/p/triggers/"


@pytest.fixture(autouse=True)
def project(api: Api) -> None:
    """Make the project."""
    api.project("p")


def test_a_trigger_is_made_and_listed(api: Api) -> None:
    """With the names of its secrets; eight keys, since a poller makes an object of them."""
    said = {
        "type": "git_poller",
        "owner": "ann",
        "definition_repo": "https://x/y.git",
        "definition_file": "",
        "queue-priority": 7,
        "secrets": [{"name": "githubtok", "value": "s3cret"}, {"name": "netrc-x", "value": ""}],
    }
    made = api.send("POST", PATH, said, status=201)

    shown = {
        "id": made["id"],
        "user": "ann",
        "type": "git_poller",
        "project": "p",
        "definition_repo": "https://x/y.git",
        "definition_file": None,
        "queue_priority": 7,
    }
    assert [{**shown, "secrets": [{"name": "githubtok"}, {"name": "netrc-x"}]}] == api.send("GET", PATH)
    secrets = {"githubtok": "s3cret", "netrc-x": ""}
    assert [{**shown, "secrets": secrets}] == api.send("GET", "/project-triggers/?type=git_poller")
    assert [] == api.send("GET", "/project-triggers/?type=simple")
    assert "trigger.created" == events_of(api.database, "project")[-1].type


def test_secrets_are_sealed(api: Api) -> None:
    """Nobody reads them in the database, or in the log of events."""
    api.send("POST", PATH, {"type": "simple", "secrets": [{"name": "n", "value": "pl4in"}]}, status=201)

    (row,) = rows(api.database, "SELECT sealed FROM triggers")
    assert b"pl4in" not in bytes(row.sealed)
    assert not any("pl4in" in str(event.data) for event in events_of(api.database, "project"))


def test_without_secrets_every_other_key_is_one(api: Api) -> None:
    """As the old form of the web front sends them."""
    api.send("POST", PATH, {"type": "github_pr", "owner": "o", "githubtok": "t", "webhook-key": "k"}, status=201)

    (shown,) = api.send("GET", "/project-triggers/")
    assert {"githubtok": "t", "webhook-key": "k"} == shown["secrets"]


@pytest.mark.parametrize(
    "body",
    [
        {}, {"type": "cron"}, {"type": None}, {"type": "simple", "secrets": {}}, {"type": "simple", "odd name": "x"},
        {"type": "simple", "secrets": [{"name": "a b", "value": "x"}]}, {"type": "simple", "tok": 7},
        {"type": "simple", "secrets": [{"name": "a", "value": 7}]}, {"type": "simple", "secrets": [{"name": "a"}]},
        {"type": "simple", "secrets": [{"name": "a", "value": None}]}, {"type": "simple", "queue-priority": "1"},
        {"type": "simple", "queue-priority": 2**31},
    ],
)  # fmt: skip
def test_what_is_no_trigger_is_refused(api: Api, body: Any) -> None:
    """400, and nothing is made."""
    api.send("POST", PATH, body, status=400)

    assert [] == api.send("GET", PATH)


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_is_known(api: Api, type_: str) -> None:
    """The user is unknown where nobody says who it is."""
    api.send("POST", PATH, {"type": type_, "secrets": []}, status=201)

    (shown,) = api.send("GET", f"{PATH}?type={type_}")
    assert ("unknown-internal", type_, []) == (shown["user"], shown["type"], shown["secrets"])


def test_changes_are_put_over_what_is_there(api: Api) -> None:
    """Secrets are merged, and null takes one away; what is not said stays."""
    said = {"type": "simple", "definition_file": "f", "secrets": [{"name": n, "value": n} for n in "abc"]}
    path = f"{PATH}{api.send('POST', PATH, said, status=201)['id']}/"

    api.send("PATCH", path, {"secrets": [{"name": "b", "value": "new"}, {"name": "c", "value": None}]})
    api.send("PATCH", path, {"definition_repo": "r", "queue-priority": -3})

    (shown,) = api.send("GET", "/project-triggers/")
    assert {"a": "a", "b": "new"} == shown["secrets"]
    assert ("r", "f", -3) == (shown["definition_repo"], shown["definition_file"], shown["queue_priority"])


def test_a_trigger_belongs_to_its_project(api: Api) -> None:
    """Another project's, and one that is not there, is not found."""
    api.project("q")
    made = api.send("POST", PATH, {"type": "simple"}, status=201)["id"]

    for path in (f"/projects/q/triggers/{made}/", f"{PATH}x/", f"{PATH}{made + 1}/", "/projects/nope/triggers/1/"):
        api.send("PATCH", path, {"definition_file": "f"}, status=404)
        api.send("DELETE", path, status=404)
    api.send("POST", "/projects/nope/triggers/", {"type": "simple"}, status=404)
    api.send("GET", "/projects/nope/triggers/", status=404)
    api.send("DELETE", f"{PATH}{made}/")
    assert [] == api.send("GET", PATH)


@pytest.mark.parametrize(("method", "path"), [
    ("GET", PATH), ("POST", PATH), ("PATCH", f"{PATH}1/"), ("DELETE", f"{PATH}1/"), ("GET", "/project-triggers/"),
])  # fmt: skip
def test_triggers_are_for_administrators(api: Api, method: str, path: str) -> None:
    """Nobody else sees that there are any."""
    assert "error" == api.client.send(method, path, {"type": "simple"}, status=401).json["status"]
