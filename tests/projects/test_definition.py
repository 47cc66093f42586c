"""Definitions of projects: which documents are one, what is named where one is not, and what is kept of it."""

import copy
from typing import Any

import pytest

from paddles.errors import Invalid
from paddles.projects.definition import checked, parsed, told, trigger
from tests.projects.definitions import SCRIPT, definition, loop, refusal, run
from tests.projects.definitions import trigger as fires

EVERYTHING = {
    "description": "All that there is.\n",
    "timeout": 90,
    "params": {"A": "1", "EMPTY": "", "LINES": "a\nb"},
    "email": {"users": "a@lab.example, b@lab.example", "only_failures": True},
    "webhooks": [{"url": "https://ci.example/hook", "secret_name": "hook", "only_failures": False}],
    "scripts": {"test": SCRIPT, "a b": "#!/bin/sh\n"},
    "script-repos": {
        "tools": {"clone-url": "https://git.example/t.git", "git-ref": "main", "token": "user:token"},
        "bare": {"clone-url": "https://git.example/b.git"},
    },
    "triggers": [
        {
            "name": "main",
            "type": "git_poller",
            "params": {"GIT_URL": "https://git.example/x.git"},
            "email": {"users": "c@lab.example"},
            "webhooks": [],
            "triggers": [{"name": "later", "run-names": "late-{name}"}],
            "runs": [
                {
                    "name": "unit",
                    "container": "registry.example/debian:12",
                    "host-tag": "arm*",
                    "script": "a b",
                    "params": {"B": "2"},
                    "container-auth": "registry",
                    "container-user": "",
                    "container-entrypoint": "",
                    "privileged": True,
                    "cap-add": ["NET_ADMIN"],
                    "cap-drop": ["ALL"],
                    "persistent-volumes": {"cache.1_x-y": "/var/cache"},
                    "shared-volumes": {"all": "/all"},
                    "console-progress": {"progress-pattern": r"\[(?P<current>\d+)/(?P<total>\d+)\]"},
                    "test-grepping": {
                        "test-pattern": "begin (?P<name>.*)",
                        "result-pattern": "(?P<name>.*): (?P<result>.*)",
                        "fixupdict": {"ok": "PASSED", "not ok": "FAILED"},
                    },
                    "triggers": [{"name": "later"}],
                }
            ],
        },
        {
            "name": "later",
            "type": "simple",
            "runs": [
                {
                    "name": "boot",
                    "container": "x",
                    "host-tag": "lab-[1-3]",
                    "script-repo": {"name": "tools", "path": "boot.sh"},
                }
            ],
        },
        {"name": "pull", "type": "github_pr", "runs": [run()]},
        {"name": "merge", "type": "gitlab_mr", "runs": [run()]},
        {"name": "nightly", "type": "schedule", "cron": "30 2 * * MON-FRI", "runs": [run()]},
    ],
}


def test_every_key_is_kept() -> None:
    """A definition without loops is what it was, and was not changed on the way."""
    before = copy.deepcopy(EVERYTHING)

    assert before == checked(EVERYTHING)
    assert before == EVERYTHING


def test_what_is_null_was_not_said() -> None:
    """A key above a list that is commented out has no value; the value of a parameter is text, also when it is none."""
    data = definition(fires("main", run(params=None, loop_on=None), email=None), params=None, script_repos=None)

    assert definition() == checked(data)
    assert ["params.A: must be text; quote it"] == refusal(definition(params={"A": None}))


def test_there_is_an_end_to_faults() -> None:
    """Fifty are told, and that there are more."""
    lines = refusal(definition(fires("a", *[run(str(n), script="x") for n in range(60)])))

    assert "triggers[0].runs[49].script: there is no script x" == lines[49]
    assert ["and more"] == lines[50:]


def test_checking_twice_changes_nothing() -> None:
    """Loops are expanded once and host tags are in lower case; what was checked is right."""
    first = run("x-{loop}", loop_on=[loop("A", "1", "2"), loop("host-tag", "ARM", "x86*")], triggers=[{"name": "b"}])
    data = definition(fires("a", first), fires("b", run(host_tag=" AMD64 ")))

    once = checked(data)

    assert ["x-1-ARM", "x-1-x86*", "x-2-ARM", "x-2-x86*"] == [one["name"] for one in once["triggers"][0]["runs"]]
    assert ["arm", "x86*", "arm", "x86*"] == [one["host-tag"] for one in once["triggers"][0]["runs"]]
    assert "amd64" == once["triggers"][1]["runs"][0]["host-tag"]
    assert once == checked(once)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (b"timeout: 30\n", {"timeout": 30}),
        (b"\xef\xbb\xbf{a: \xc3\xbc}", {"a": "ü"}),
        (b"on: 'on'\nno: [1]", {"on": "on", "no": [1]}),
        (b"a: &a {x: '1'}\nb:\n  <<: *a\n", {"a": {"x": "1"}, "b": {"x": "1"}}),
        (b"when: 2026-01-31\n", {"when": "2026-01-31"}),
        (b"", None),
    ],
)
def test_yaml_says_what_json_would(text: bytes, data: Any) -> None:
    """Keys are text as written, a date is none."""
    assert data == parsed(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"\xff\xfea: 1", "^not UTF-8: byte 0$"),
        (b"a: [", "^not YAML: line"),
        (b"a: !!python/object/apply:os.system [id]", "tag"),
        (b"a: 1\na: 2", "^line 2: the key a is there twice$"),
        (b"a: 1\n---\nb: 2", "one document"),
        (b"[" * 10**6, "nests at most"),
        (
            b"a: &a [x]\n"
            + b"".join(b"%c: &%c [%s]\n" % (n + 1, n + 1, b",".join([b"*%c" % n] * 9)) for n in range(97, 107)),
            "at most",
        ),
    ],
)
def test_what_is_no_yaml_is_refused(text: bytes, message: str) -> None:
    """With the line of it; bombs are found by counting."""
    with pytest.raises(Invalid, match=message):
        parsed(text)


def test_a_trigger_is_found_by_its_name() -> None:
    """What there is, is told to whoever asks for another."""
    assert "later" == trigger(EVERYTHING, "later")["name"]
    with pytest.raises(Invalid, match=r"^there is no trigger x; there are main, later, pull, merge, nightly$"):
        trigger(EVERYTHING, "x")


@pytest.mark.parametrize(
    ("name", "users", "webhooks"), [("main", "c@lab.example", 0), ("later", "a@lab.example, b@lab.example", 1)]
)
def test_a_trigger_has_its_own_listeners_or_those_of_the_project(name: str, users: str, webhooks: int) -> None:
    """An empty list of webhooks is one, too."""
    found = told(checked(EVERYTHING), name)

    assert users == found["email"]["users"]
    assert webhooks == len(found["webhooks"])
    assert {"email": None, "webhooks": None} == told(checked(definition()), "main")
