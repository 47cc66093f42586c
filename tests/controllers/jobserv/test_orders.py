"""What people say of builds: note something, keep one under a name, cancel it, have a run of it done again."""

from typing import Any

import pytest

from tests.controllers.jobserv.wire import Api
from tests.projects.definitions import definition, run, trigger


@pytest.fixture(autouse=True)
def project(api: Api) -> None:
    """Make the project."""
    api.project("p")


def test_a_build_is_annotated(api: Api) -> None:
    """By administrators, with any text."""
    build = api.build()

    api.send("PATCH", build, {"annotation": "a\nb <script>"})

    assert "a\nb <script>" == api.get(build)["build"]["annotation"]
    for body in ({}, {"annotation": None}, {"annotation": "a", "name": "n"}):
        api.send("PATCH", build, body, status=400)
    api.send("PATCH", "/projects/p/builds/9/", {"annotation": ""}, status=404)
    assert 401 == api.client.send("PATCH", build, {"annotation": "x"}, status=401).status_int


def test_a_build_is_promoted_for_good(api: Api) -> None:
    """When it has ended, under a name that no other build of the project has."""
    first, second = api.build(), api.build()
    api.send("POST", f"{first}promote", {"name": "v1"}, status=400)
    api.done(first, "unit")
    api.done(second, "unit", "fail")

    assert {} == api.send("POST", f"{first}promote", {"name": "v1", "annotation": "good"}, status=201)
    assert "v1" in api.send("POST", f"{second}promote", {"name": "v1"}, status=409)
    api.send("POST", f"{second}promote", {"name": "v2"}, status=201)

    build = api.get(first)["build"]
    assert ("PROMOTED", "v1", "good") == (build["status"], build["name"], build["annotation"])
    assert ["QUEUED", "RUNNING", "PASSED", "PROMOTED"] == [event["status"] for event in build["status_events"]]
    shown = api.get("/projects/p/promoted-builds/v1/")["build"]
    assert {**build, "tests": [], "artifacts": ["unit/console.log"]} == shown
    page = api.get("/projects/p/promoted-builds/?limit=1")
    assert (["v2"], 2) == ([each["name"] for each in page["builds"]], page["total"])
    api.send("POST", f"{first}runs/unit/rerun", status=409)
    api.send("POST", f"{first}cancel", status=202)
    assert "PROMOTED" == api.status(first)


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": 1}, {"name": ".."}, {"name": "a/b"}, {"name": "a\n"},
    {"name": "a", "annotation": 1}])  # fmt: skip
def test_a_name_that_is_none_is_refused(api: Api, body: Any) -> None:
    """400."""
    build = api.build()
    api.done(build, "unit")

    api.send("POST", f"{build}promote", body, status=400)


def test_cancelling_a_build_moves_what_has_not_ended(api: Api) -> None:
    """Queued runs have failed, those under way are to end, and what passed or failed stays as it is."""
    build = api.build(of=definition(trigger("main", *(run(name) for name in ("good", "bad", "busy", "idle")))))
    api.done(build, "good")
    api.done(build, "bad", "fail")
    api.begin(build, "busy")

    for _ in range(2):
        assert {} == api.send("POST", f"{build}cancel", status=202)

    moved = {"good": "PASSED", "bad": "FAILED", "busy": "CANCELLING", "idle": "FAILED"}
    assert moved == api.runs(build)
    assert "cancelled" == api.row("idle").reason
    assert "RUNNING_WITH_FAILURES" == api.status(build)
    assert ["QUEUED", "RUNNING", "CANCELLING"] == [
        event["status"] for event in api.get(f"{build}runs/busy/")["run"]["status_events"]
    ]
    assert "fail" == api.end(build, "busy", "fail")
    assert "FAILED" == api.status(build)


@pytest.mark.parametrize("verdict", ["pass", "fail"])
def test_a_run_that_is_cancelled_keeps_what_its_holder_says(api: Api, verdict: str) -> None:
    """Its last word counts."""
    build = api.build()
    api.begin(build, "unit")
    api.send("POST", f"{build}runs/unit/cancel", status=202)
    assert "RUNNING_WITH_FAILURES" == api.status(build)

    assert verdict == api.end(build, "unit", verdict)


def test_a_run_is_done_again(api: Api) -> None:
    """When it has ended: queued, with its tests forgotten; the worker that had it is named until another has it."""
    build = api.build()
    api.send("POST", f"{build}runs/unit/rerun", status=409)
    api.begin(build, "unit")
    api.send("POST", f"{build}runs/unit/rerun", status=409)
    api.end(build, "unit", "fail")
    assert "FAILED" == api.status(build)

    assert {} == api.send("POST", f"{build}runs/unit/rerun")

    shown = api.get(f"{build}runs/unit/")["run"]
    assert ("QUEUED", "w") == (shown["status"], shown["worker_name"])
    assert "completed" not in shown
    assert "QUEUED" == api.status(build)
    assert "pass" == api.done(build, "unit")
    assert "PASSED" == api.status(build)
    statuses = ["QUEUED", "RUNNING", "FAILED", "QUEUED", "RUNNING", "PASSED"]
    assert statuses == [event["status"] for event in api.get(build)["build"]["status_events"]]
    api.send("POST", f"{build}runs/nope/rerun", status=404)
