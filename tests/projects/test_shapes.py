"""The shape of definitions: what is named where it is wrong."""

from typing import Any

import pytest

from paddles.projects.definition import checked
from tests.projects.definitions import definition, refusal, run
from tests.projects.definitions import trigger as fires


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (None, ["the definition: must be a mapping"]),
        ([], ["the definition: must be a mapping"]),
        ({}, ["timeout: is required", "triggers: is required"]),
        ({**definition(), "oops": 1}, ["oops: is not known here"]),
        ({**definition(), "a b": 1}, ['["a b"]: is not known here']),
        (definition(timeout="30"), ["timeout: must be a whole number"]),
        (definition(timeout=True), ["timeout: must be a whole number"]),
        (definition(timeout=0), ["timeout: Input should be greater than or equal to 1"]),
        (definition(timeout=10**9), ["timeout: Input should be less than or equal to 527040"]),
        (definition(triggers=[]), ["triggers: List should have at least 1 item after validation, not 0"]),
        (definition(params={"A": 1}), ["params.A: must be text; quote it"]),
        (definition(params={"A": True}), ["params.A: must be text; quote it"]),
        (definition(params={"A": ["x"]}), ["params.A: must be text; quote it"]),
        (definition(params={"A=B": "x"}), ['params["A=B"]: must be the name of a variable, which has no =']),
        (definition(params={" ": "x"}), ['params[" "]: must be the name of a variable, which has no =']),
        (definition(params={"A": "\0"}), ["params.A: must not have a NUL character or half a surrogate pair"]),
        (definition(params={"A": "x" * 65537}), ["params.A: String should have at most 65536 characters"]),
        (definition(email={}), ["email.users: is required"]),
        (
            definition(email={"users": "a@b\nBcc: c@d"}),
            ["email.users: must be one line, without control characters"],
        ),
        (definition(email={"users": "a@b", "only-failures": True}), ["email.only-failures: is not known here"]),
        (
            definition(webhooks=[{"url": "ftp://x", "only_failures": "yes"}]),
            [
                "webhooks[0].url: must begin with http:// or https://",
                "webhooks[0].secret_name: is required",
                "webhooks[0].only_failures: must be true or false",
            ],
        ),
        *[
            (definition(webhooks=[{"url": url, "secret_name": "s"}]), [f"webhooks[0].url: {fault}"])
            for url, fault in [("https://", "must name a host"), ("http://[x", "Invalid IPv6 URL")]
        ],
        (definition(scripts=["test"]), ["scripts: must be a mapping"]),
        (definition(scripts={"test": ""}), ["scripts.test: String should have at least 1 character"]),
        (definition(script_repos={"a": {"git-ref": "x"}}), ["script-repos.a.clone-url: is required"]),
        (
            definition(fires(type="cron")),
            [
                "triggers[0].type: Input should be 'git_poller', 'github_pr', 'gitlab_mr', 'simple' or 'schedule'",
            ],
        ),
        (definition(fires("x" * 81)), ["triggers[0].name: String should have at most 80 characters"]),
        (
            definition(fires(runs=[])),
            ["triggers[0].runs: List should have at least 1 item after validation, not 0"],
        ),
        (definition({"name": "a"}), ["triggers[0].type: is required", "triggers[0].runs: is required"]),
        (definition(fires("a", run(container=8))), ["triggers[0].runs[0].container: must be text; quote it"]),
        (definition(fires("a", run(host_tags="x"))), ["triggers[0].runs[0].host-tags: is not known here"]),
        (
            definition(fires("a", run(), run("b", privileged="no"))),
            ["triggers[0].runs[1].privileged: must be true or false"],
        ),
        (
            definition(fires("a", run(loop_on=[{"param": "A", "values": "x"}]))),
            ["triggers[0].runs[0].loop-on[0].values: must be a list"],
        ),
        (
            definition(fires("a", run(loop_on=[{"param": "A", "values": []}]))),
            ["triggers[0].runs[0].loop-on[0].values: List should have at least 1 item after validation, not 0"],
        ),
        (
            definition(fires("a", run(loop_on=[{"param": "A", "values": ["1", 2]}]))),
            ["triggers[0].runs[0].loop-on[0].values[1]: must be text; quote it"],
        ),
        (
            definition(fires("a", run(persistent_volumes={"a/b": "/x"}))),
            ['triggers[0].runs[0].persistent-volumes["a/b"]: must be of letters, digits, _, . and -'],
        ),
        (
            definition(fires("a", run(shared_volumes={"..": "/x"}))),
            ['triggers[0].runs[0].shared-volumes[".."]: must be of letters, digits, _, . and -'],
        ),
        (
            definition(fires("a", run(console_progress={"progress-pattern": "(?P<current>.)"}))),
            ["triggers[0].runs[0].console-progress.progress-pattern: must have the groups (?P<total>...)"],
        ),
        (
            definition(fires("a", run(test_grepping={"test-pattern": "(?P<name>.)"}))),
            ["triggers[0].runs[0].test-grepping.result-pattern: is required"],
        ),
        (
            definition(fires("a", run(test_grepping={"result-pattern": "x"}))),
            ["triggers[0].runs[0].test-grepping.result-pattern: must have the groups (?P<name>...), (?P<result>...)"],
        ),
        (
            definition(
                fires("a", run(test_grepping={"test-pattern": "(", "result-pattern": "(?P<name>.)(?P<result>.)"}))
            ),
            [
                "triggers[0].runs[0].test-grepping.test-pattern: must be a regular expression: "
                "missing ), unterminated subpattern at position 0"
            ],
        ),
        (
            definition(fires("a", run(triggers=[{"run-names": "x"}]))),
            ["triggers[0].runs[0].triggers[0].name: is required"],
        ),
    ],
)
def test_a_wrong_shape_is_named_by_its_place(data: Any, lines: list[str]) -> None:
    """Unknown keys at every level, wrong types, missing keys and what is too long; all of them at once."""
    assert lines == refusal(data)


@pytest.mark.parametrize(
    ("schedule", "fault"),
    [
        ("* * * * *", None),
        ("*/15 0-6 1,15 JAN-JUN 5#2", None),
        ("0 0 29 2 *", None),
        ("0 0 L * *", None),
        ("", "must have five fields: minute, hour, day, month, day of the week"),
        ("@daily", "must have five fields: minute, hour, day, month, day of the week"),
        ("* * * * * *", "must have five fields: minute, hour, day, month, day of the week"),
        ("60 * * * *", "must be a schedule as cron has them: Bad minute"),
        ("0 0 30 2 *", "must be a schedule as cron has them: Bad day-of-month"),
        ("0 0 */31 2 1#5", "must be a schedule as cron has them: it never comes"),
        ("1" * 101, "String should have at most 100 characters"),
    ],
)
def test_schedules_are_those_of_cron(schedule: str, fault: str | None) -> None:
    """Five fields, which come about some day."""
    data = definition(fires(type="schedule", cron=schedule))

    if fault is None:
        assert data == checked(data)
    else:
        assert [f"triggers[0].cron: {fault}"] == refusal(data)
