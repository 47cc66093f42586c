"""``paddles demo``: a service that is filled over HTTP, as its clients would have filled it."""

import datetime
import json
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from paddles.app import serve
from paddles.db.engine import Database
from paddles.demo import callbacks, checks, filling, jobs, kernels, lab, notes, projects, runs
from paddles.demo.filling import Wanted
from paddles.demo.wire import Refused, Wire
from paddles.errors import Forbidden
from paddles.settings import Settings
from paddles.sweep import documents
from tests.commands.conftest import Pecan
from tests.commands.test_submit_over_http import listening
from tests.conftest import NOW
from tests.controllers.kernelci.wire import make_person
from tests.units import rows

DAYS, RUNS = 5, 6
STILL = jobs.RUNNING + jobs.QUEUED
# The smallest thing that is a demo, for what does not depend on its size.
SMALL = ("--days", "3", "--runs", "1")


@pytest.fixture
def service(database: Database, settings: Settings) -> Iterator[str]:
    """The address of the service, over HTTP."""
    yield from listening(serve(database, settings))


@pytest.fixture
def wire(service: str, database: Database, settings: Settings) -> Iterator[Wire]:
    """A client of it, with the token of an administrator."""
    made = Wire(service, make_person(database, settings, "root", is_superuser=True).token)
    yield made
    made.close()


def wanted(**said: Any) -> Wanted:
    """Return what the tests ask for."""
    return Wanted(**{"seed": 1, "days": DAYS, "runs": RUNS, "now": NOW, **said})


def test_a_lab_is_there(wire: Wire, database: Database, settings: Settings) -> None:
    """Runs of days, machines in trouble, queues, regressions, builds and nodes; a second demo changes none of it."""
    said: list[str] = []
    asked = wanted()
    filling.fill(wire, asked, said.append)
    documents.read(database, settings, asked.now)

    runs = wire.send("GET", "/runs/?count=100&fields=name,status,scheduled,posted")
    told = [run for run in runs if "-distro-" in run["name"]]
    assert RUNS + STILL == len(told)
    assert {"running": jobs.RUNNING, "queued": jobs.QUEUED}.items() <= Counter(run["status"] for run in told).items()
    oldest = datetime.datetime.fromisoformat(f"{min(run['scheduled'] for run in told)}+00:00")
    assert DAYS - 1 <= (asked.now - oldest).days <= DAYS
    assert all(run["posted"] < asked.now.isoformat(" ") for run in told if "finished" in run["status"])
    machines_are_there(wire)
    kernels_are_there(wire)
    projects_are_there(wire)
    assert 44 == wire.send("GET", "/latest/count")
    filling.check_runs(wire)

    before = counted(database)
    filling.fill(wire, asked, said.append)
    assert before == counted(database)
    assert {"", "chiyo", "dolores", "emeka"} == {row["owner"] for row in wire.send("GET", "/regressions/")["items"]}
    assert {"0 machines, 4 queues", f"0 runs with 0 jobs, {RUNS + STILL} were there before"} <= set(said)
    people_have_spoken(wire)


def people_have_spoken(wire: Wire) -> None:
    """See notes of each kind, failures that are known by a pattern, all by the owner of the token; and none twice."""
    past = list(jobs.past(1, DAYS, RUNS, NOW))
    assert (0, 0) == notes.fill(wire, past)
    beside = [note for name in ("machine=smithi017", "test=kselftest-net/tls") for note in noted(wire, name)]
    assert {("note", "root"), ("issue", "root"), ("quarantine", "root")} == {(n["kind"], n["author"]) for n in beside}
    pinned = [run.name for run in past if any("pin" == n["kind"] for n in noted(wire, f"run={quote(run.name)}"))]
    assert 1 == len(pinned)
    assert {issue["title"] for issue in notes.KNOWN} <= {
        issue["title"] for issue in wire.send("GET", "/known-issues/")["known_issues"]
    }


def noted(wire: Wire, about: str) -> list[dict[str, Any]]:
    """Return the notes beside something."""
    found: list[dict[str, Any]] = wire.send("GET", f"/notes/?{about}")["notes"]
    return found


def test_what_people_have_ended_stays_ended(wire: Wire) -> None:
    """The next demo writes no note a second time, and has no failure explained again; what it does not find is left."""
    run = next(run for run in jobs.past(1, 60, 400, NOW) if any(notes.BROKEN in str(job) for job in run.jobs))
    lab.fill(wire, 1, NOW)
    runs.post_past(wire, run, NOW)
    of_tests = [each for each in notes.BESIDE if "test" in each]
    expected = (len(notes.BESIDE) - len(of_tests) + 3, len(notes.KNOWN))

    assert expected == notes.fill(wire, [run])
    for address, name in (("/notes/", "notes"), ("/known-issues/", "known_issues")):
        about = f"?run={quote(run.name)}" if name == "notes" else ""
        for each in wire.send("GET", address + about)[name]:
            wire.send("DELETE", f"{address}{each['id']}/")
    assert (0, 0) == notes.fill(wire, [run])


def machines_are_there(wire: Wire) -> None:
    """See machines of several types, some down and some locked, and queues, of which one is paused."""
    machines = [each for each in wire.send("GET", "/nodes/") if each["machine_type"] in ("smithi", "gibba", "trial")]
    assert 68 == len(machines)
    assert any(each["up"] is False and each["description"] for each in machines)
    owners = Counter(each["locked_by"] for each in machines if each["locked"])
    assert {"amara@desk", "scheduled_teuthology@teuthology"} <= set(owners)
    assert ["braggi"] == [queue["queue"] for queue in wire.send("GET", "/queue/") if queue["paused"]]
    waiting = wire.send("POST", "/queue/queued_jobs/", {"queue": "smithi"})
    assert len({job["priority"] for job in waiting}) > 1


def kernels_are_there(wire: Wire) -> None:
    """See builds, boots that fail, regressions that are open and such as are fixed."""
    revisions = 9
    assert revisions * len(kernels.CONFIGS) == wire.send("GET", "/builds")["total"]
    assert revisions * len(kernels.PLANS) + 1 == wire.send("GET", "/boots")["total"]
    devices = sum(board.count for board in kernels.BOARDS)
    assert checks.DAYS * devices == len(wire.send("GET", "/jobs/?suite=health-check&count=500"))
    found = wire.send("GET", f"/nodes/{checks.BAD_BOARD}/jobs/?fields=status")
    assert checks.BAD_NIGHTS <= sum("dead" == job["status"] for job in found)
    for address in ("/builds?count=100", "/boots?count=200"):
        told = [row["@timestamp"][:10] for row in wire.send("GET", address)["items"]]
        assert (NOW - datetime.timedelta(days=DAYS)).date().isoformat() == min(told)
        assert NOW.date().isoformat() == max(told)
        assert len(set(told)) > 2
    for state in ("open", "fixed"):
        assert wire.send("GET", f"/regressions/?state={state}")["total"] > 0
    assert "rockchip-pcie-probed" in str(wire.send("GET", "/regressions/?state=open"))
    assert wire.send("GET", "/logs?q=panic")["total"] > 0


def projects_are_there(wire: Wire) -> None:
    """See builds that passed, failed and wait, with logs, tests and files."""
    found = wire.send("GET", "/projects/demo-os/builds/")["data"]["builds"]
    assert projects.BUILDS + 1 == len(found)
    assert {"PASSED", "FAILED", "RUNNING"} == {build["status"] for build in found}
    run = "/projects/demo-os/builds/1/runs/selftest/"
    with urllib.request.urlopen(f"{wire.url}{run}console.log") as log:
        assert b"+ make check" in log.read()
    detail = wire.send("GET", run)["data"]["run"]
    assert any(name.endswith("image.txt") for name in detail["artifacts"])
    assert projects.TESTS[0] in str(wire.send("GET", f"{run}tests/smoke"))
    booted = wire.send("GET", f"/runs/{quote('demo-1-lkp')}/jobs/?fields=status")
    assert {"pass": 2, "fail": 1, "dead": 1, "running": 1, "queued": 2} == Counter(job["status"] for job in booted)


def counted(database: Database) -> dict[str, int]:
    """Return how many rows tables have that a demo fills."""
    tables = ("runs", "jobs", "machines", "queues", "receipts", "builds", "nodes", "files")
    return {table: rows(database, f"SELECT count(*) AS n FROM {table}")[0].n for table in tables}


def test_the_same_words_make_the_same_lab() -> None:
    """Of one seed all is alike, of another one nothing."""

    def said(seed: int) -> tuple[str, str]:
        told = list(jobs.past(seed, DAYS, RUNS, NOW))
        boots = [each for revision in kernels.revisions(seed, DAYS, NOW) for each in kernels.boots(seed, revision)]
        return json.dumps([run.jobs for run in told]), json.dumps([callbacks.document(boot) for boot in boots])

    assert said(1) == said(1)
    assert all(one != other for one, other in zip(said(1), said(2), strict=True))


def test_without_a_token_the_rest_is_done(service: str, command: Pecan) -> None:
    """It says what it leaves out; the command ends well."""
    printed = command("demo", service, *SMALL)

    assert f"demo: {filling.LEFT_OUT}\n" in printed
    assert f"demo: {1 + STILL} runs with " in printed


def test_samples_are_sent(wire: Wire, tmp_path: Path) -> None:
    """Callbacks of LAVA and documents of KCIDB, wherever they lie; nothing else, and a refusal ends nothing."""
    revision = next(kernels.revisions(1, DAYS, wanted().now))
    callback = callbacks.document(next(kernels.boots(1, revision)))
    (tmp_path / "below").mkdir()
    for name, document in {
        "below/lava.json": callback,
        "nameless.json": {**callback, "id": "7", "lab_name": None},
        "kcidb.json": {"version": {"major": 5, "minor": 0}, "checkouts": [{"id": "x:1", "origin": "x"}]},
        "no-callback.json": {**callback, "id": ""},
        "other.json": {"a": 1},
        "list.json": [],
    }.items():
        (tmp_path / name).write_text(json.dumps(document))
    (tmp_path / "torn.json").write_text("{")

    said: list[str] = []
    filling.fill(wire, wanted(days=3, runs=1, samples=tmp_path), said.append)

    assert "3 samples, 1 refused" == said[-1]


def test_runs_of_others_are_left_alone(service: str, command: Pecan, database: Database) -> None:
    """Where there are some nothing is written, and they are named; unless it is wanted."""
    Wire(service).send("POST", "/runs/", {"name": "night"})

    assert "paddles: " in (printed := command("demo", service, *SMALL, code=1))
    assert "has runs of others (night); --yes" in printed
    assert 0 == counted(database)["machines"]
    command("demo", service, *SMALL, "--yes")
    assert counted(database)["machines"] > 0


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["http://lab:x"], 1, "http://lab:x is no address"),
        (["ftp://lab"], 1, "ftp://lab is no http:// or https:// address"),
        (["http://127.0.0.1:1"], 3, "cannot reach http://127.0.0.1:1"),
        (["--days", "2"], 2, "not a whole number from 3 to 365"),
        (["--samples", "/none"], 2, "/none is no directory"),
    ],
)
def test_what_cannot_be_is_said(command: Pecan, words: list[str], code: int, message: str) -> None:
    """In one line, before anything is done."""
    assert message in command("demo", *words, code=code)


def test_a_token_is_looked_at_first(service: str, database: Database, settings: Settings) -> None:
    """One that is worth nothing, or somebody's who is no administrator, fills nothing."""
    with pytest.raises(Refused, match="401"):
        filling.check_token(Wire(service, "x"))
    with pytest.raises(Forbidden):
        filling.check_token(Wire(service, make_person(database, settings, "ann").token))


def test_a_wire_says_what_is_wrong(service: str) -> None:
    """A refusal has its status and the service's own words, and the next request goes on."""
    wire = Wire(service)
    with pytest.raises(Refused, match="404: node not found") as caught:
        wire.send("GET", "/nodes/none/")
    assert 404 == caught.value.status
    assert "ok" == wire.send("GET", "/healthz")["status"]
