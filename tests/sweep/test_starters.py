"""Triggers that look for something to build: a ref that leads elsewhere, a moment that has come; each is built once."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import yaml

from paddles.db.work import transact
from paddles.projects import polls
from paddles.sweep import starters
from tests.conftest import NOW
from tests.controllers.jobserv.wire import Api
from tests.projects.definitions import definition, trigger
from tests.projects.repositories import MAIN, Served
from tests.sweep.conftest import DEFINITIONS
from tests.units import at, rows

BUILDS = "SELECT number, trigger_name, reason, params, secrets, priority FROM builds ORDER BY number"
INTERVAL_S = 90


def define(served: Served, *triggers: Any, file: str = "p.yml", **said: Any) -> None:
    """Put a definition where it is looked for."""
    text = yaml.safe_dump(definition(*triggers, **said))
    served.commit("define", {file: text}, path=DEFINITIONS, ref="refs/heads/trunk")


def watches(served: Served, refs: str = MAIN, name: str = "main", **said: Any) -> Any:
    """Return a trigger of a definition that watches refs."""
    return trigger(name, type="git_poller", params={"GIT_URL": served.url(), "GIT_POLL_REFS": refs}, **said)


def add(api: Api, served: Served, type_: str = "git_poller", **said: Any) -> int:
    """Make a trigger of the project and return its number."""
    body = {"type": type_, "definition_repo": served.url(DEFINITIONS), "secrets": [], **said}
    body["queue-priority"] = body.pop("queue_priority", 0)
    return int(api.send("POST", "/projects/p/triggers/", body, status=201)["id"])


def look(api: Api, seconds: float = 0) -> int:
    """Let the triggers look, and return how many builds were made."""
    return starters.start(api.database, api.settings, at(seconds))


def looks(api: Api, *moments: float) -> list[int]:
    """Let the triggers look at several moments."""
    return [look(api, moment) for moment in moments]


def builds(api: Api) -> list[Any]:
    """Return all builds."""
    return rows(api.database, BUILDS)


def fault(api: Api) -> str:
    """Return what went wrong with the only trigger."""
    (shown,) = api.send("GET", "/project-polls/")
    return str(shown["fault"])


def test_a_ref_that_leads_elsewhere_is_built(api: Api, served: Served) -> None:
    """Not when it is seen for the first time; then once, with its variables, its secrets and its place in the queue."""
    define(served, watches(served))
    add(api, served, secrets=[{"name": "tok", "value": "s3cret"}], queue_priority=3)
    old = served.commit("first")
    assert [0, 0] == looks(api, 0, INTERVAL_S)
    sha = served.commit("second\n\nmore")

    assert [0, 1, 0] == looks(api, INTERVAL_S + 1, 2 * INTERVAL_S, 3 * INTERVAL_S)

    (build,) = builds(api)
    params = {"GIT_REF": MAIN, "GIT_URL": served.url(), "GIT_OLD_SHA": old, "GIT_SHA": sha}
    assert params == json.loads(build.params)
    assert ("main", ["tok"], -3) == (build.trigger_name, build.secrets, build.priority)
    said, _, log = build.reason.partition("\n\n")
    assert (params, f"{sha[:12]} second") == (json.loads(said), log)
    rundef = json.loads(api.row("unit").document)
    assert ("git_poller", sha) == (rundef["trigger_type"], rundef["env"]["GIT_SHA"])


def test_a_commit_may_ask_not_to_be_built(api: Api, served: Served) -> None:
    """The next one is."""
    define(served, watches(served))
    add(api, served)
    served.commit("first")
    look(api)
    skipped = served.commit("second\n\n[skip ci]")
    assert 0 == look(api, INTERVAL_S)
    served.commit("third")

    assert 1 == look(api, 2 * INTERVAL_S)
    assert skipped == json.loads(builds(api)[0].params)["GIT_OLD_SHA"]


def test_a_ref_that_was_gone_is_built(api: Api, served: Served) -> None:
    """Also where it leads to the same commit as before."""
    define(served, watches(served, "refs/heads/x"))
    add(api, served)
    served.commit("first")
    sha = served.commit("x", ref="refs/heads/x")
    look(api)
    served.drop("refs/heads/x")
    assert 0 == look(api, INTERVAL_S)
    served.lead("refs/heads/x", sha)

    assert [1, 0] == looks(api, 2 * INTERVAL_S, 3 * INTERVAL_S)


def test_every_trigger_of_the_definition_that_watches_a_ref_builds(api: Api, served: Served) -> None:
    """Each its own runs; triggers of other types, and those without a repository, none."""
    idle = trigger("idle", type="git_poller", params={"GIT_POLL_REFS": "*"})
    define(served, watches(served), watches(served, "*", "other"), idle, trigger("simple"))
    add(api, served)
    served.commit("first")
    look(api)
    served.commit("second")

    assert 2 == look(api, INTERVAL_S)
    assert ["main", "other"] == [build.trigger_name for build in builds(api)]


def test_the_definition_is_read_again_when_it_is_another(api: Api, served: Served) -> None:
    """From the file that the trigger names, on the branch that its repository has for its own; not more often."""
    define(served, watches(served), file="d/x.yml")
    add(api, served, definition_file="d/x.yml")
    served.commit("first")
    looks(api, 0, INTERVAL_S, 2 * INTERVAL_S)
    packs = f"{DEFINITIONS}/git-upload-pack"
    assert 1 == [path for path, _ in served.asked].count(packs)
    define(served, watches(served, name="renamed"), file="d/x.yml")
    served.commit("second")

    assert 1 == look(api, 3 * INTERVAL_S)
    assert "renamed" == builds(api)[0].trigger_name


def test_secrets_are_shown_to_the_server(api: Api, served: Served) -> None:
    """As Git shows an extra header."""
    define(served, watches(served))
    said = {"name": "git.http.extraheader", "value": "Authorization: Basic eDp5"}
    add(api, served, secrets=[said])
    served.commit("first")
    look(api)

    assert {"Basic eDp5"} == {shown for _, shown in served.asked}


def test_what_cannot_be_built_is_not_forgotten(api: Api, served: Served) -> None:
    """A definition that names a secret which is not there: the commit is built when it is."""
    auth = definition()["triggers"][0]["runs"][0] | {"container-auth": "auth"}
    params = {"GIT_URL": served.url(), "GIT_POLL_REFS": MAIN}
    define(served, trigger("main", auth, type="git_poller", params=params))
    number = add(api, served)
    served.commit("first")
    look(api)
    served.commit("second")
    assert 0 == look(api, INTERVAL_S)
    assert "auth" in fault(api)
    api.send("PATCH", f"/projects/p/triggers/{number}/", {"secrets": [{"name": "auth", "value": "eDp5"}]})

    assert 1 == look(api, INTERVAL_S + 1)
    assert "" == fault(api)


def test_one_trigger_is_no_others_trouble(api: Api, served: Served) -> None:
    """What is wrong with each is shown; the others build, and so do other repositories of the same trigger."""
    urls = f"http://127.0.0.1:1/x.git file:///etc {served.url('/none.git')} {served.url()}"
    params = {"GIT_URL": urls, "GIT_POLL_REFS": MAIN}
    define(served, trigger("main", type="git_poller", params=params))
    add(api, served, definition_repo="")
    add(api, served, definition_file="nope.yml")
    add(api, served)
    served.commit("first")
    look(api)
    served.commit("second")

    assert 1 == look(api, INTERVAL_S)
    none, file, urls = (shown["fault"] for shown in api.send("GET", "/project-polls/"))
    assert "no definition_repo" in none
    assert "no file nope.yml" in file
    for part in ("127.0.0.1:1/x.git", "file:///etc", "none.git"):
        assert part in urls


@pytest.mark.parametrize(
    "url",
    [
        "--upload-pack=touch x", "/etc", "file:///etc", "ext::sh -c x", "ssh://x/y", "git@x:y", "http://a:b@x/",
        "http://169.254.169.254/x", "gopher://x/", "http://x y/", "",
    ],
)  # fmt: skip
def test_addresses_that_are_none_are_refused(api: Api, served: Served, url: str) -> None:
    """Nothing is asked there, and nothing is executed."""
    api.settings = api.settings.model_copy(update={"git_to_private": False})
    add(api, served, definition_repo=url)

    assert 0 == look(api)
    assert fault(api)


@pytest.mark.parametrize("text", ["", "a: [", "triggers: []", "\0"])
def test_a_definition_that_is_none_is_said_to_be(api: Api, served: Served, text: str) -> None:
    """Whatever it is."""
    served.commit("define", {"p.yml": text}, path=DEFINITIONS, ref="refs/heads/trunk")
    add(api, served)
    assert 0 == look(api)
    assert fault(api)


@pytest.mark.parametrize("status", [301, 401])
def test_a_server_that_refuses_is_said_to(api: Api, served: Served, status: int) -> None:
    """Where it points is not followed."""
    served.refuses = status
    add(api, served)

    assert 0 == look(api)
    assert fault(api)
    assert [f"{DEFINITIONS}/info/refs"] == [path for path, _ in served.asked]


def test_several_that_look_build_once(api: Api, served: Served) -> None:
    """However many sweeps there are, and also when a claim was over before its look was."""
    define(served, watches(served))
    number = add(api, served)
    old = served.commit("first")
    look(api)
    sha = served.commit("second")
    with ThreadPoolExecutor(3) as pool:
        assert 1 == sum(pool.map(lambda _: look(api, INTERVAL_S), range(3)))

    (taken,) = transact(api.database, lambda s: polls.claim(s, at(9000), 1))
    again = polls.Change(served.url(), MAIN, old, sha, ["main"])
    wanted = definition(watches(served))
    made = transact(api.database, lambda s: polls.follow(s, taken, again, wanted, "", api.settings, NOW))
    assert (0, number) == (made, taken.id)


def test_polls_are_for_administrators(api: Api) -> None:
    """They name commits and servers."""
    api.client.send("GET", "/project-polls/", status=401)
