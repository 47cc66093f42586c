"""``/workers``: machines register, are enlisted, ask, and are given runs one at a time."""

import datetime
import gzip
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from paddles.errors import Unavailable
from paddles.lab import machine_logs
from paddles.projects import downloads
from tests.controllers.jobserv.wire import HOST, Api
from tests.projects.definitions import definition, run, trigger
from tests.units import rows

KEY = "k" * 32
SAID = {
    "api_key": KEY,
    "name": "w1",
    "distro": "debian",
    "mem_total": 8,
    "cpu_total": 4,
    "cpu_type": "x86",
    "concurrent_runs": 2,
    "host_tags": "amd64, KVM",
}
ROOM = "available_runners=1&disk_free=40000000000"
SHOWN = {"HTTP_AUTHORIZATION": f"Token {KEY}"}
MANY = 100_000


def wanting(many: int = 1) -> dict[str, Any]:
    """Return a definition of some runs that want a machine with the tag x."""
    return definition(trigger("main", *(run(f"r{n}", host_tag="x") for n in range(many))))


def registered(api: Api, name: str = "w1", **said: Any) -> str:
    """Register a machine and enlist it, and return its path."""
    path = f"/workers/{name}/"
    api.client.send("POST", path, {**SAID, **said}, status=201)
    api.send("POST", f"{path}enlist")
    return path


def asked(api: Api, path: str = "/workers/w1/", said: str = ROOM) -> dict[str, Any]:
    """Ask as a machine does, and return what it is told."""
    answer = api.client.send("GET", f"{path}?{said}", status=200, **SHOWN)
    told: dict[str, Any] = answer.json["data"]["worker"]
    return told


def given(api: Api, path: str = "/workers/w1/", said: str = ROOM) -> dict[str, Any] | None:
    """Ask as a machine does, and return the definition of the run that it is given."""
    found = asked(api, path, said).get("run-defs")
    if found is None:
        return None
    assert 1 == len(found)
    definition: dict[str, Any] = json.loads(found[0])
    return definition


def spoken(api: Api, run: dict[str, Any], status: str = "RUNNING", *, code: int = 200) -> None:
    """Say something of a run as its holder."""
    path = run["run_url"].removeprefix(HOST)
    shown = {"HTTP_AUTHORIZATION": f"Token {run['api_key']}", "HTTP_X_RUN_STATUS": status}
    api.client.send("POST", path, b"a line\n", status=code, **shown)


def test_a_machine_registers_and_is_shown(api: Api) -> None:
    """In the list and by itself, with its tags in lower case; not enlisted, and not online before it asks."""
    api.client.send("POST", "/workers/w1/", SAID, status=201)

    (listed,) = api.get("/workers/")["workers"]

    assert (["amd64", "kvm"], False, False) == (listed["host_tags"], listed["enlisted"], listed["online"])
    assert f"{HOST}/workers/w1/" == listed["url"]
    told = asked(api)
    assert (downloads.worker().version, None) == (told["version"], told.get("run-defs"))


@pytest.mark.parametrize("missing", sorted(set(SAID) - {"name"}))
def test_what_is_missing_is_named(api: Api, missing: str) -> None:
    """A machine that does not say all of itself is refused, in words that say what."""
    said = {name: value for name, value in SAID.items() if name != missing}

    assert missing in api.client.send("POST", "/workers/w1/", said, status=400).json["message"]


def test_a_taken_name_is_refused(api: Api) -> None:
    """Until its machine is forgotten."""
    registered(api)

    api.client.send("POST", "/workers/w1/", SAID, status=409)
    api.client.send("DELETE", "/workers/w1/", status=200, **SHOWN)
    api.client.send("GET", f"/workers/w1/?{ROOM}", status=404, **SHOWN)
    api.client.send("POST", "/workers/w1/", SAID, status=201)


@pytest.mark.parametrize("shown", ["", "Token wrong", f"Token {KEY}x", "Bearer none", "Basic eA=="])
def test_nobody_else_asks_in_the_name_of_a_machine(api: Api, shown: str) -> None:
    """Without its key it is 401, whatever is asked."""
    registered(api)

    for method, path, body in (
        ("GET", f"/workers/w1/?{ROOM}", None),
        ("PATCH", "/workers/w1/", {"distro": "x"}),
        ("DELETE", "/workers/w1/", None),
        ("POST", "/workers/w1/events/", {"title": "t", "msg": "m", "type": "info"}),
    ):
        api.client.send(method, path, body, status=401, HTTP_AUTHORIZATION=shown)


def test_a_run_reaches_a_machine_that_may_have_it(api: Api) -> None:
    """With all that it needs: its key, its secrets, and addresses as the machine has reached us."""
    api.project()
    registered(api, host_tags="x")
    build = api.build(of=wanting(), secrets={"pass": "word"})

    job = given(api)

    assert job
    assert {"pass": "word"}.items() <= job["secrets"].items()
    assert job["run_url"] == f"{HOST}{build}runs/{job['env']['H_RUN']}/"
    assert "RUNNING" == api.status(build)
    shown = api.get(job["run_url"].removeprefix(HOST))["run"]
    assert "w1" == shown["worker_name"]
    spoken(api, job)
    assert "pass" not in json.dumps(shown)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "available_runners=0&disk_free=40000000000",
        "available_runners=1",
        "available_runners=1&disk_free=29999999999",
    ],
)
def test_one_without_room_is_given_nothing(api: Api, said: str) -> None:
    """Without a free slot, or space on its disk, both of which it has to say."""
    api.project()
    registered(api, host_tags="x")
    api.build(of=wanting())

    assert given(api, said=said) is None


def test_one_that_is_delisted_is_given_nothing(api: Api) -> None:
    """It is told so, and what it reports is refused."""
    api.project()
    path = registered(api, host_tags="x")
    api.build(of=wanting())

    api.send("POST", f"{path}delist")

    told = asked(api)
    assert (False, None) == (told["enlisted"], told.get("run-defs"))
    api.client.send("POST", f"{path}events/", {"title": "t", "msg": "", "type": "info"}, status=403, **SHOWN)


def test_enlisting_is_for_administrators(api: Api) -> None:
    """Anybody else is refused."""
    api.client.send("POST", "/workers/w1/", SAID, status=201)

    for verb in ("enlist", "delist"):
        api.client.send("POST", f"/workers/w1/{verb}", status=401)
        api.client.send("POST", f"/workers/w1/{verb}", status=401, **SHOWN)


def test_five_machines_share_the_runs_of_a_build(api: Api) -> None:
    """Each is given another one, and none comes back empty while there is one left."""
    api.project()
    paths = [registered(api, f"w{n}", host_tags="x") for n in range(5)]
    api.build(of=wanting(5))

    found = [given(api, path) for path in paths]

    assert 5 == len({run["env"]["H_RUN"] for run in found if run})
    assert given(api, paths[0]) is None


def test_what_a_machine_may_change_of_itself(api: Api) -> None:
    """Its properties; neither its key nor whether it is enlisted."""
    path = registered(api)

    api.client.send("PATCH", path, {"host_tags": ["ARM"], "api_key": "x" * 32, "enlisted": False}, **SHOWN)

    told = asked(api)
    assert (["arm"], True, "debian") == (told["host_tags"], told["enlisted"], told["distro"])


def test_events_are_told(api: Api) -> None:
    """What happened on a machine is an event, before and after it has asked for work."""
    path = registered(api)
    for title in ("before", "after"):
        api.client.send("POST", f"{path}events/", {"title": title, "msg": "m", "type": "info"}, status=201, **SHOWN)
        asked(api)

    found = rows(api.database, "SELECT data ->> 'title' AS title FROM events WHERE type = 'machine.said' ORDER BY id")
    assert ["before", "after"] == [row.title for row in found]


def test_logs_are_kept_for_days(api: Api, tmp_path: Path) -> None:
    """Compressed ones only; they outlive the machine, for four days."""
    own = Api(api.database, api.settings.model_copy(update={"files_dir": tmp_path}))
    path = registered(own)
    content = gzip.compress(b"what happened\n")
    for wrong in ({}, {"HTTP_CONTENT_ENCODING": "deflate"}):
        own.client.send("PUT", f"{path}logs/", content, status=400, **SHOWN, **wrong)
    own.client.send("PUT", f"{path}logs/", b"plain", status=400, **SHOWN, HTTP_CONTENT_ENCODING="gzip")

    own.client.send("PUT", f"{path}logs/", content, status=202, **SHOWN, HTTP_CONTENT_ENCODING="gzip")
    own.client.send("DELETE", path, **SHOWN)

    (kept,) = (tmp_path / "machine-logs").glob("w1/*.gz")
    assert content == kept.read_bytes()
    now = datetime.datetime.now(datetime.UTC)
    assert 0 == machine_logs.forget(tmp_path, now + datetime.timedelta(days=3), 10)
    assert 1 == machine_logs.forget(tmp_path, now + datetime.timedelta(days=5), 10)


def test_old_logs_are_found_behind_new_ones(tmp_path: Path) -> None:
    """However many of other machines are still to be kept, and as many at once as asked for."""
    now = datetime.datetime.now(datetime.UTC)
    for machine in ("a", "b", "c"):
        for minute in range(8):
            machine_logs.keep(tmp_path, machine, b"x", now + datetime.timedelta(minutes=minute))
    for path in (tmp_path / "machine-logs" / "c").iterdir():
        os.utime(path, (0, 0))

    assert [5, 3, 0] == [machine_logs.forget(tmp_path, now, 5) for _ in range(3)]


def test_nothing_is_left_of_a_log_that_cannot_be_kept(tmp_path: Path) -> None:
    """503; what came of it is gone again."""
    now = datetime.datetime.now(datetime.UTC)
    machine_logs.keep(tmp_path, "a", b"x", now)
    (kept,) = (tmp_path / "machine-logs" / "a").iterdir()
    kept.unlink()
    kept.mkdir()

    with pytest.raises(Unavailable):
        machine_logs.keep(tmp_path, "a", b"x", now)
    assert [kept] == list(kept.parent.iterdir())


def test_a_worker_may_have_any_name(api: Api) -> None:
    """And is where its address says."""
    name = "rack 1/a?b%2F"
    api.client.send("POST", f"/workers/{quote(name, safe='')}/", SAID, status=201)

    (shown,) = api.get("/workers/")["workers"]

    assert name == shown["name"]
    assert name == asked(api, shown["url"].removeprefix(HOST))["name"]


def test_volumes_of_projects_that_are_gone(api: Api) -> None:
    """A folder stays while a project is called so, or begins so up to a slash; ``to`` goes beside ``toy``."""
    path = registered(api)
    for name in ("toy", "factory/app", "there"):
        api.project(name)
    body = {"directories": ["to", "toy", "factory", "gone", "there", "factory/ap"]}

    answer = api.client.send("GET", f"{path}volumes-deleted/", body, **SHOWN)

    assert ["to", "gone", "factory/ap"] == answer.json["data"]["volumes"]
    api.client.send("GET", f"{path}volumes-deleted/", status=400, **SHOWN)


def test_health_shows_what_runs_and_what_waits(api: Api) -> None:
    """By the worker that each run is on; what waits is in the order in which it is handed out."""
    api.project()
    registered(api, host_tags="x")
    api.build(of=wanting(3))
    job = given(api)
    assert job

    health = api.get("/health/runs/")["health"]

    assert {"RUNNING": 1, "QUEUED": 2} == health["statuses"]
    assert [job["env"]["H_RUN"]] == [each["run"] for each in health["RUNNING"]["w1"]]
    assert ["p", 1, "x"] == [health["QUEUED"][0][name] for name in ("project", "build", "host_tag")]
