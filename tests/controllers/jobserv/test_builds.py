"""Builds on the wire: made, listed, shown."""

from typing import Any

import pytest
import yaml

from tests.controllers.jobserv.wire import HOST, Api
from tests.projects.definitions import definition, loop, run, trigger
from tests.units import events_of, rows


@pytest.fixture(autouse=True)
def project(api: Api) -> None:
    """Make the project."""
    api.project("p")


def wanted(of: Any = None, **said: Any) -> dict[str, Any]:
    """Return the body that asks for a build."""
    return {"trigger-name": "main", "project-definition": of or definition(), **said}


def test_a_build_is_made_with_all_of_its_runs(api: Api) -> None:
    """Each with its definition, in the order of the trigger; loops are expanded."""
    of = definition(trigger("main", run("a"), run("b-{loop}", loop_on=[loop("X", "1", "2")])), params={"P": "1"})

    made = api.send("POST", "/projects/p/builds/", wanted(of, params={"Q": 2, "R": True}, reason="why"), status=201)

    url = f"{HOST}/projects/p/builds/1/"
    assert {"url": url, "build_id": 1, "web_url": None} == made
    build = api.get("/projects/p/builds/1/")["build"]
    assert ("QUEUED", "main", "why", None) == tuple(
        build[k] for k in ("status", "trigger_name", "reason", "annotation")
    )
    assert [("QUEUED", build["created"])] == [(e["status"], e["time"]) for e in build["status_events"]]
    assert f"{url}runs/" == build["runs_url"]
    assert ["a", "b-1", "b-2"] == [each["name"] for each in build["runs"]]
    first = build["runs"][0]
    shown = {"name": "a", "url": f"{url}runs/a/", "log_url": f"{url}runs/a/console.log", "status": "QUEUED"}
    assert {**shown, "host_tag": "amd64", "created": build["created"]} == first
    document = rows(api.database, "SELECT document -> 'env' AS env FROM jobs WHERE key = 'b-2'")[0].env
    assert b'"X":"2"' in bytes(document).replace(b": ", b":")
    assert ["build.created"] == [e.type for e in events_of(api.database, "project") if e.type.startswith("build")]


def test_what_is_null_is_not_said(api: Api) -> None:
    """As some clients send what they have no value for."""
    said = dict.fromkeys(("reason", "params", "secrets", "queue-priority", "trigger-type", "trigger-id"))

    assert "/projects/p/builds/1/" == api.build(**said)


def test_numbers_begin_at_one_and_have_no_gaps(api: Api) -> None:
    """In each project, also after builds that were refused."""
    api.project("q")

    paths = [api.build("p"), api.build("q")]
    api.send("POST", "/projects/p/builds/", wanted(definition(trigger("main", run(container_auth="s")))), status=400)

    assert ["/projects/p/builds/1/", "/projects/q/builds/1/", "/projects/p/builds/2/"] == [*paths, api.build("p")]


@pytest.mark.parametrize("body", [
    {}, {"trigger-name": "main"}, {"project-definition": definition()}, wanted(**{"trigger-name": "other"}),
    wanted({"timeout": 1}), wanted(**{"project-definition": []}), wanted(secrets={"a b": "x"}),
    wanted(secrets={"a": 1}),
    wanted(params={"a=b": "x"}), wanted(params=[]), wanted(**{"queue-priority": "high"}), wanted(reason=7),
    wanted(**{"trigger-type": "git_poller"}), wanted(**{"trigger-id": 1}), wanted(**{"trigger-id": 2**64 - 1}),
    wanted(definition(trigger("main", run(container_auth="missing")))),
])  # fmt: skip
def test_what_cannot_be_built_is_refused(api: Api, body: Any) -> None:
    """400, and nothing of it is left."""
    assert api.send("POST", "/projects/p/builds/", body, status=400)

    assert [] == rows(api.database, "SELECT FROM runs")
    assert "/projects/p/builds/1/" == api.build()


def test_secrets_come_from_triggers_and_from_whoever_asks(api: Api) -> None:
    """The type's first, then the numbered one's, then those that are sent; who asked is said by the service alone."""
    ids = [
        api.send("POST", "/projects/p/triggers/", {"type": type_, "secrets": [
            {"name": name, "value": f"{type_}-{name}"} for name in names]}, status=201)["id"]
        for type_, names in (("git_poller", "abc"), ("git_poller", "z"), ("simple", "bc"))
    ]  # fmt: skip
    lenders = {"trigger-type": "git_poller", "trigger-id": ids[2]}

    api.build(secrets={"c": "own", "triggered-by": "me"}, **lenders)
    api.build(**{"trigger-type": "gitlab_mr-optional"})

    first, second = rows(api.database, "SELECT secrets FROM builds ORDER BY number")
    assert ["a", "b", "c"] == first.secrets
    assert [] == second.secrets


def test_bigger_priorities_come_first(api: Api) -> None:
    """On the wire the bigger one; in the queue the smaller."""
    api.build(**{"queue-priority": 9})

    assert -9 == api.row("unit").priority


@pytest.mark.parametrize(("tag", "pattern"), [("AMD64", None), ("aarch6*", "***:^(?:aarch6.*)$")])
def test_a_host_tag_is_a_queue(api: Api, tag: str, pattern: str | None) -> None:
    """In lower case; one that is a pattern is open to every machine that has a tag which matches."""
    for _ in range(2):
        api.build(of=definition(trigger("main", run(host_tag=tag))))

    (queue,) = rows(api.database, "SELECT name, pattern FROM queues")
    assert (tag.lower(), pattern) == tuple(queue)


def test_a_machine_that_is_not_allowed_fails_its_run(api: Api) -> None:
    """At once, and the log says which tag; the others of the build go on."""
    api.project("q", **{"allowed-host-tags": ["amd64"]})

    build = api.build("q", of=definition(trigger("main", run("a"), run("b", host_tag="arm"))))

    assert {"a": "QUEUED", "b": "FAILED"} == api.runs(build)
    assert "RUNNING_WITH_FAILURES" == api.status(build)
    assert "arm" in api.row("b").reason
    assert "arm" in api.send("POST", f"{build}runs/b/rerun", status=409)
    api.send("PATCH", "/projects/q/", {"allowed-host-tags": None})
    api.send("POST", f"{build}runs/b/rerun")
    assert "QUEUED" == api.status(build)


def test_a_build_of_machines_that_are_not_allowed_has_failed(api: Api) -> None:
    """It is never queued for ever."""
    api.project("q", **{"allowed-host-tags": ["arm"]})

    assert "FAILED" == api.status(api.build("q"))


def test_builds_are_listed_the_newest_first(api: Api) -> None:
    """In pages; the next one is asked for with whatever else was asked."""
    for _ in range(5):
        api.build()

    page = api.get("/projects/p/builds/?limit=2&page=1&x=y%20z")

    assert [3, 2] == [build["build_id"] for build in page.pop("builds")]
    following = f"{HOST}/projects/p/builds/?x=y+z&limit=2&page=2"
    assert {"limit": 2, "page": 1, "pages": 3, "total": 5, "next": following} == page
    last = api.get(page["next"].removeprefix(HOST))
    assert [1] == [build["build_id"] for build in last["builds"]]
    assert "next" not in last
    assert [] == api.get("/projects/p/builds/?page=7")["builds"]
    assert 5 == api.get("/projects/p/builds/?page=7")["total"]
    assert 1000 == api.get("/projects/p/builds/?limit=100000")["limit"]


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "page=-1", "page=x"])
def test_pages_that_are_none_are_refused(api: Api, query: str) -> None:
    """400."""
    assert api.get(f"/projects/p/builds/?{query}", status=400)


def test_the_newest_build_is_found(api: Api) -> None:
    """That passed; or was promoted; or any, of a trigger where one is named."""
    of = definition(trigger("main"), trigger("other"))
    first, second, _ = (api.build(of=of, **{"trigger-name": name}) for name in ("main", "other", "main"))
    assert api.get("/projects/p/builds/latest/", status=404)
    api.done(first, "unit")
    api.done(second, "unit")

    def newest(query: str) -> int:
        return int(api.get(f"/projects/p/builds/latest/?{query}")["build"]["build_id"])

    assert 2 == newest("")
    assert 1 == newest("trigger_name=main")
    assert 3 == newest("all=1")
    assert 2 == newest("all=1&trigger_name=other")
    api.send("POST", f"{second}promote", {"name": "v1"}, status=201)
    assert 1 == newest("")
    assert 2 == newest("promoted=1")
    assert api.get("/projects/p/builds/latest/?trigger_name=nope", status=404)


def test_the_definition_is_given_back(api: Api) -> None:
    """As YAML that says the same, loops expanded; no secret is in it."""
    build = api.build(
        of=definition(trigger("main", run("r-{loop}", loop_on=[loop("A", "1", "2")]))), secrets={"s": "x"}
    )

    answer = api.client.get(f"{build}project.yml")

    assert "text/yaml" == answer.content_type
    said = yaml.safe_load(answer.body)
    assert ["r-1", "r-2"] == [each["name"] for each in said["triggers"][0]["runs"]]
    assert "x" not in answer.text.split()
    api.client.get(f"{build}project.yml", headers={"If-None-Match": answer.headers["ETag"]}, status=304)


def test_a_build_made_elsewhere_has_passed(api: Api) -> None:
    """Its files are links; nothing of it is done again."""
    links = [{"name": "dir/a.bin", "url": "https://x/a.bin", "size_bytes": 7}]
    body = {"trigger-name": "ext", "runs": [{"name": "r", "artifact-links": links}, {"name": "s"}]}

    assert {"build_id": 1} == api.send("POST", "/projects/p/external-builds/", body, status=201)

    build = "/projects/p/builds/1/"
    assert "PASSED" == api.status(build)
    assert {"r": "PASSED", "s": "PASSED"} == api.runs(build)
    assert ["PASSED"] == [event["status"] for event in api.get(build)["build"]["status_events"]]
    shown = api.get(f"{build}runs/r/?version=v2")["run"]
    assert {"url": f"{HOST}{build}runs/r/dir/a.bin", "size_bytes": 7} in shown["artifacts"]
    api.send("POST", f"{build}runs/r/rerun", status=409)


def test_a_file_elsewhere_is_where_it_was_said_to_be(api: Api) -> None:
    """Whatever letters its address has."""
    url = "https://x/日本%20ü?a=é&b=[1]#c"
    run = {"name": "r", "artifact-links": [{"name": "a", "url": url}]}
    api.send("POST", "/projects/p/external-builds/", {"trigger-name": "t", "runs": [run]}, status=201)

    answer = api.client.get("/projects/p/builds/1/runs/r/a", status=302)

    assert "https://x/%E6%97%A5%E6%9C%AC%20%C3%BC?a=%C3%A9&b=[1]#c" == answer.headers["Location"]


@pytest.mark.parametrize("runs", [
    [], [{"name": "a"}, {"name": "a"}], [{"name": ""}], [{"name": ".."}], [{"name": "a/b"}], [{"name": "x" * 80}],
    [{"name": "a", "artifact-links": [{"name": "../x", "url": "https://x", "size_bytes": 1}]}],
    [{"name": "a", "artifact-links": [{"name": "x", "url": "file:///x", "size_bytes": 1}]}],
    [{"name": "a", "artifact-links": [{"name": "x", "url": "https://x", "size_bytes": -1}]}],
    [{"name": "a", "artifact-links": [{"name": "x", "url": "https://x"}] * 2}],
])  # fmt: skip
def test_what_is_no_build_elsewhere_is_refused(api: Api, runs: Any) -> None:
    """400."""
    api.send("POST", "/projects/p/external-builds/", {"trigger-name": "t", "runs": runs}, status=400)


def test_a_run_is_shown_with_its_past(api: Api) -> None:
    """Its worker, each status with its moment, and its files; the past of a name over all builds."""
    first, second = api.build(), api.build()
    api.done(first, "unit")

    shown = api.get(f"{first}runs/unit/")["run"]
    page = api.get("/projects/p/history/unit/?limit=1&page=1")

    events = shown["status_events"]
    assert [("QUEUED", None), ("RUNNING", "w"), ("PASSED", None)] == [(e["status"], e.get("worker")) for e in events]
    assert (shown["created"], shown["completed"]) == (events[0]["time"], events[2]["time"])
    assert [f"{HOST}{first}runs/unit/console.log"] == shown.pop("artifacts")
    assert [{**shown, "build": 1, "duration_seconds": 1}] == page["runs"]
    assert 2 == page["total"]
    assert 2 == api.get("/projects/p/history/unit/")["runs"][0]["build"]
    assert [] == api.get("/projects/p/history/nope/")["runs"]
    assert second


def test_a_strangers_run_may_have_the_name_of_a_build(api: Api) -> None:
    """The build is made all the same, under its own number."""
    api.client.post_json("/runs/", {"name": "p/builds/1"})

    assert "/projects/p/builds/1/" == api.build()
    assert 2 == len(rows(api.database, "SELECT FROM runs"))


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_the_results_face_leaves_builds_alone(api: Api, method: str) -> None:
    """403 for reports of their runs and for their deletion: they are their project's."""
    build = api.build()

    for path in ("/runs/p%2Fbuilds%2F1/jobs/unit/", "/runs/p%2Fbuilds%2F1/unit/"):
        assert "build" in api.client.send(method, path, {"status": "pass"}, status=403).json["message"]
    if method == "DELETE":
        assert "build" in api.client.send(method, "/runs/p%2Fbuilds%2F1/", status=403).json["message"]
    assert "QUEUED" == api.status(build)
    assert ["unit"] == [job["job_id"] for job in api.client.get("/runs/p%2Fbuilds%2F1/jobs/").json]
