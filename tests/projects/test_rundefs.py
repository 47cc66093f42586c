"""Run definitions: what a machine is told of a run, and what everybody may see of it."""

from typing import Any

import pytest

from paddles.errors import Invalid
from paddles.projects import rundefs
from paddles.projects.definition import checked
from tests.projects.definitions import SCRIPT, dashed, definition, loop, run
from tests.projects.definitions import trigger as fires

SERVER = "https://ci.example"
KEYS = {
    *"project timeout run_url frontend_url runner_url trigger_type container container-auth container-user".split(),
    *"container-entrypoint privileged cap-add cap-drop env persistent-volumes shared-volumes test-grepping".split(),
    *"console-progress host-tag".split(),
}


def build(**said: Any) -> rundefs.Build:
    """Return build 7 of the project ``factory/app``, without params and secrets unless they are said."""
    return rundefs.Build(**{"project": "factory/app", "number": 7, "server": SERVER, "params": {}, **said})


def made(data: dict[str, Any] | None = None, *, at: int = 0, **said: Any) -> dict[str, Any]:
    """Return the definition of a run of the first trigger of a definition."""
    whole = checked(data or definition())
    trigger = whole["triggers"][0]
    return rundefs.make(whole, trigger, trigger["runs"][at], build(**said))


def test_every_key_is_always_there() -> None:
    """Of the two kinds of scripts one; the run's key and its secrets are not stored."""
    assert {*KEYS, "script"} == set(made())
    assert {
        "project": "factory/app",
        "timeout": 30,
        "run_url": f"{SERVER}/projects/factory/app/builds/7/runs/unit/",
        "frontend_url": f"{SERVER}/projects/factory/app/builds/7/runs/unit/",
        "runner_url": f"{SERVER}/runner",
        "trigger_type": "simple",
        "container": "debian:12",
        "privileged": False,
        "env": {"H_PROJECT": "factory/app", "H_BUILD": "7", "H_RUN": "unit"},
        "host-tag": "amd64",
        "script": SCRIPT,
    } == {key: value for key, value in made().items() if value is not None}


def test_what_a_run_says_is_told() -> None:
    """Everything, as it was said."""
    said = dashed(
        {
            "container_user": "build",
            "container_entrypoint": "",
            "privileged": True,
            "cap_add": ["SYS_ADMIN"],
            "cap_drop": ["ALL"],
            "persistent_volumes": {"cache": "/cache"},
            "shared_volumes": {"all": "/all"},
            "console_progress": {"progress-pattern": "(?P<current>.)/(?P<total>.)"},
            "test_grepping": {"result-pattern": "(?P<name>.)(?P<result>.)"},
        }
    )

    found = made(definition(fires("a", run(**said))))

    assert said == {key: found[key] for key in said}


def test_a_script_of_a_repository_is_told_with_its_place() -> None:
    """The repository and the path in it; names of secrets stay names."""
    where = {"clone-url": "https://git.example/t.git", "git-ref": "main", "token": "user:pass"}
    script = run(script=None, script_repo={"name": "tools", "path": "a/b.sh"})

    found = made(definition(fires("a", script), script_repos={"tools": where}), secrets=frozenset(("user", "pass")))

    assert {**where, "path": "a/b.sh"} == found["script-repo"]
    assert "script" not in found


def test_the_later_variable_beats_the_earlier() -> None:
    """Project, trigger, run, its loops, whoever started the build, and the service."""
    levels = {
        "params": {name: "project" for name in "ABCDEF"},
        "of_trigger": {name: "trigger" for name in "BCDEF"},
        "of_run": {name: "run" for name in "CDEF"},
    }
    looped = run("{loop}", params=levels["of_run"], loop_on=[loop("D", "1"), loop("E", "2"), loop("F", "3")])
    data = definition(fires("a", looped, params=levels["of_trigger"]), params=levels["params"])

    env = made(data, params={"E": "build", "H_RUN": "mine", "H_TRIGGER_URL": "https://x/"})["env"]

    assert ["project", "trigger", "run", "1", "build", "3"] == [env[name] for name in "ABCDEF"]
    assert {"H_PROJECT": "factory/app", "H_BUILD": "7", "H_RUN": "1-2-3", "H_TRIGGER_URL": "https://x/"} == {
        name: value for name, value in env.items() if name.startswith("H_")
    }


@pytest.mark.parametrize(
    ("own", "by", "handler"),
    [
        *[(own, "simple", own) for own in ("simple", "git_poller", "github_pr", "gitlab_mr")],
        *[("simple", by, by) for by in ("git_poller", "github_pr", "gitlab_mr")],
        ("git_poller", "github_pr", "git_poller"),
        ("github_pr", "git_poller", "github_pr"),
        ("schedule", "schedule", "simple"),
        ("simple", "schedule", "simple"),
        ("schedule", "git_poller", "git_poller"),
    ],
)
def test_what_is_simple_fetches_sources_for_what_does(own: str, by: str, handler: str) -> None:
    """The runner has four handlers; a schedule is a simple one."""
    assert handler == rundefs.handler(own, by)
    cron = {"cron": "0 3 * * *"} if own == "schedule" else {}
    assert handler == made(definition(fires(type=own, **cron)), type=by)["trigger_type"]


@pytest.mark.parametrize(
    ("said", "secrets", "message"),
    [
        ({"container_auth": "login"}, "", "run unit: container-auth names the secret login; none were given"),
        (
            {"container_auth": "login"},
            "user pass",
            "run unit: container-auth names the secret login; those given are pass, user",
        ),
        (
            {"script": None, "script_repo": {"name": "tools", "path": "x"}},
            "user",
            "run unit: the token of script-repo names the secret pass; those given are user",
        ),
    ],
)
def test_a_secret_that_is_named_is_there(said: dict[str, Any], secrets: str, message: str) -> None:
    """A run that names another is refused, with the names of those that were given."""
    repository = {"clone-url": "https://git.example/t.git", "token": "user:pass"}
    data = definition(fires("a", run(**said)), script_repos={"tools": repository})

    with pytest.raises(Invalid, match=f"^{message}$"):
        made(data, secrets=frozenset(secrets.split()))
    assert made(data, secrets=frozenset(("login", "user", "pass")))


@pytest.mark.parametrize(
    ("project", "name", "path"),
    [
        ("app", "unit", "/projects/app/builds/7/runs/unit/"),
        ("a/b", "tests", "/projects/a/b/builds/7/runs/tests/"),
        ("a b", "x y%2F?#", "/projects/a%20b/builds/7/runs/x%20y%252F%3F%23/"),
        ("ä", "ü", "/projects/%C3%A4/builds/7/runs/%C3%BC/"),
    ],
)
def test_names_in_addresses_are_quoted(project: str, name: str, path: str) -> None:
    """A slash stays one in the project's name alone."""
    found = made(definition(fires("a", run(name))), project=project)

    assert f"{SERVER}{path}" == found["run_url"]


@pytest.mark.parametrize("server", [SERVER, "http://10.0.0.1:8000", "https://[::1]"])
def test_a_machine_gets_addresses_that_it_knows(server: str) -> None:
    """Those of the service begin as the machine called it; what stands in other variables is left alone."""
    stored = made(params={"H_TRIGGER_URL": "https://ci.example/projects/app/builds/6/", "URL": "https://ci.example/x"})
    before = repr(stored)

    found = rundefs.handed_out(stored, server, "key", {"token": "s3cret"})

    run_url = f"{server}/projects/factory/app/builds/7/runs/unit/"
    assert (run_url, run_url, f"{server}/runner") == (found["run_url"], found["frontend_url"], found["runner_url"])
    assert (run_url, f"{server}/projects/app/builds/6/") == (found["env"]["H_RUN_URL"], found["env"]["H_TRIGGER_URL"])
    assert "https://ci.example/x" == found["env"]["URL"]
    assert {*KEYS, "script", "api_key", "secrets"} == set(found)
    assert ("key", {"token": "s3cret"}) == (found["api_key"], found["secrets"])
    assert before == repr(stored)


def test_people_look_elsewhere_when_they_are_told_to() -> None:
    """The address for people does not move with the service's."""
    stored = made(frontend="https://ui.example/{project}/{build}?run={run}")

    assert "https://ui.example/factory/app/7?run=unit" == stored["frontend_url"]
    assert stored["frontend_url"] == rundefs.handed_out(stored, "http://x", "key", {})["frontend_url"]


def test_everybody_sees_the_names_of_secrets_alone() -> None:
    """No key, and a word that the simulator refuses for each secret."""
    stored = {**made(), "api_key": "key"}

    found = rundefs.public(stored, "http://x", ["b", "a"])

    assert {*KEYS, "script", "secrets"} == set(found)
    assert [("a", "TODO"), ("b", "TODO")] == list(found["secrets"].items())
    assert "http://x/projects/factory/app/builds/7/runs/unit/" == found["env"]["H_RUN_URL"]


def test_what_is_fired_gets_what_its_cause_had() -> None:
    """A run gives all its variables and its address; a build what it was started with and its address."""
    cause = made(params={"A": "1"})

    fired = made(params=rundefs.of_firing_run(cause), number=8)["env"]

    assert {
        "H_PROJECT": "factory/app",
        "H_BUILD": "8",
        "H_RUN": "unit",
        "A": "1",
        "H_TRIGGER_URL": cause["run_url"],
    } == fired
    assert {"A": "1", "H_TRIGGER_URL": "https://x/"} == rundefs.of_firing_build({"A": "1"}, "https://x/")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x", "x"),
        ("", ""),
        (7, "7"),
        (1.5, "1.5"),
        (True, "True"),
        (None, "None"),
        (["a", 1], '["a", 1]'),
        ({"ä": 1}, '{"ä": 1}'),
    ],
)
def test_params_are_text_to_a_program(value: Any, text: str) -> None:
    """Whatever they were in JSON."""
    assert {"A": text} == rundefs.text_of({"A": value})


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"A=B": 1}, r'^params\["A=B"\]: must be the name'),
        ({"": 1}, r'^params\[""\]: '),
        ({"A\nB": 1}, r'^params\["A\\nB"\]: must be one line'),
        ({"A": "\0"}, "^params.A: must not have a NUL"),
        ({"A": ["x" * 70_000]}, "^params.A: String should have at most 65536 characters$"),
    ],
)
def test_params_that_cannot_be_variables_are_named(params: dict[str, Any], message: str) -> None:
    """By their place."""
    with pytest.raises(Invalid, match=message):
        rundefs.text_of(params)
