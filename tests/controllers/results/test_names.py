"""What the service reads in a run's name, and how its jobs correct it."""

import pytest

from paddles.app import serve
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.client import Client
from tests.factories import RUN, make_job, make_run, names_of, run_of

# name, then the user, suite, branch and machine type in it.
READ = [
    ("teuthology-2013-09-25_23:00:06-rados-master-testing-basic-plana", "teuthology", "rados", "master", "plana"),
    ("teuthology-2013-10-22_03:00:02-ceph-deploy-wip-9999-testing-basic-plana",
     "teuthology", "ceph-deploy", "wip-9999", "plana"),
    ("teuthology-2013-10-23_00:30:38-rgw-next---basic-saya", "teuthology", "rgw", "next", "saya"),
    ("teuthology-2014-01-01_00:00:00-rados-master-testing-basic-plana-ubuntu",
     "teuthology", "rados", "master", "plana"),
    ("a-b-2013-12-22_01:00:02-fs-main-k-f-vps", "a-b", "fs", "main", "vps"),
    ("teuthology-2013-10-22_03:00:02-kittens-next-testing-basic-plana", "teuthology", "kittens", "next", "plana"),
    ("teuthology-2013-10-22_03:00:02-kittens-wip-1-testing-basic-plana", "teuthology", "kittens", "wip-1", "plana"),
    ("vallariag-2024-04-15_05:24:46-rbd:nvmeof-main-distro-default-smithi",
     "vallariag", "rbd:nvmeof", "main", "smithi"),
    ("u-2013-12-22_01:00:02-rados:a-b-main-k-f-vps", "u", "rados:a", "b-main", "vps"),
    ("u-2026-01-01_00:00:00-rados-main---default-gibba", "u", "rados", "main", "gibba"),
    ("u-2026-01-01_00:00:00-upgrade:dumpling-x:stress-split-main-k-f-multi",
     "u", "upgrade:dumpling-x:stress-split", "main", "multi"),
    ("u-2026-01-01_00:00:00-orch:cephadm-wip-a-b-c-testing-default-trial", "u", "orch:cephadm", "wip-a-b-c", "trial"),
]  # fmt: skip
UNREADABLE = [
    "u-2013-12-22_01:00:02-rados, foo",
    "just a name",
    "u-2013-02-30_01:00:02-rados-main-k-f-vps",
    "u-2013-13-01_01:00:02-rados-main-k-f-vps",
    "u-2013-12-22_25:00:02-rados-main-k-f-vps",
    "u-0000-12-22_01:00:02-rados-main-k-f-vps",
]
# Names that are hard on parsers, addresses and databases, each served under its own.
HARD = [
    "a/b",
    "wip/../x",
    "a.json",
    "a b",
    "50%",
    "%2F",
    "a+b",
    "a?b#c",
    "größe – 尺寸 😀",
    "<script>alert(1)</script>",
    "'; DROP TABLE runs; --",
    "$(rm -rf /)",
    "jobs",
    "__class__",
    "get_all",
    "x" * 512,
    "尺" * 512,
]
RESERVED = "branch date machine_type status suite sha1 user flavor flavors queued . ..".split()


@pytest.mark.parametrize(("name", "user", "suite", "branch", "machine_type"), READ)
def test_a_runs_name_tells_what_it_is(
    client: Client, name: str, user: str, suite: str, branch: str, machine_type: str
) -> None:
    """User, suite, branch and machine type are read in names old and new, dashes inside them or not."""
    make_run(client, name)

    run = run_of(client, name)

    assert (user, suite, branch, machine_type) == (run["user"], run["suite"], run["branch"], run["machine_type"])


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_name_without_a_pattern_says_nothing(client: Client, name: str) -> None:
    """What cannot be read, an impossible time included, is blank, and the run counts as scheduled when posted."""
    make_run(client, name)

    run = run_of(client, name)

    assert ["", "", "", ""] == [run[key] for key in ("user", "suite", "branch", "machine_type")]
    assert run["posted"] == run["scheduled"]


@pytest.mark.parametrize("name", HARD)
def test_any_text_names_a_run(client: Client, name: str) -> None:
    """A run is served under its escaped name, at the address that it gives itself, and listed unchanged."""
    make_run(client, name)
    make_job(client, name)

    run = run_of(client, name)
    again = client.get(run["href"].removeprefix("http://paddles.example")).json

    assert name == run["name"]
    assert run == again
    assert [name] == names_of(client.get("/runs/").json)


@pytest.mark.parametrize("name", RESERVED)
def test_a_run_cannot_be_called_like_a_word(client: Client, name: str) -> None:
    """A name at which something else is served is refused and says so."""
    message = client.refused("POST", "/runs/", 400, {"name": name})

    assert f"a run cannot be called {name}: /runs/{name}/ has a meaning of its own" == message


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x" * 513, "a run's name has at most 512 characters"),
        ("a\nb", "a run's name holds no control characters"),
        ("a\x7fb", "a run's name holds no control characters"),
    ],
)
def test_a_name_that_no_address_can_hold_is_refused(client: Client, name: str, message: str) -> None:
    """Names are bounded and hold no control characters, whether the run or its first job comes first."""
    assert message == client.refused("POST", "/runs/", 400, {"name": name})
    assert [] == client.get("/runs/").json


def test_the_first_job_cannot_make_a_run_that_cannot_be(client: Client) -> None:
    """A job for a run of an impossible name is refused like that run, and leaves nothing behind."""
    message = client.refused("POST", f"/runs/{'x' * 513}/jobs/", 400, {"job_id": 1})

    assert "a run's name has at most 512 characters" == message
    assert [] == client.get("/runs/").json


def test_jobs_correct_what_the_name_says(client: Client) -> None:
    """Suite, branch and machine type of a job are the run's, on creation and on update; slashes and lists included."""
    make_job(client, suite="rados:thrash", branch="wip/x", machine_type="smithi,mira,gibba,plana,vps,trial")
    created = run_of(client)

    client.put_json(f"/runs/{RUN}/jobs/1/", {"branch": "wip/y"})
    updated = run_of(client)

    expected = ("rados:thrash", "wip/x", "smithi,mira,gibba,plana,vps,trial")
    assert expected == (created["suite"], created["branch"], created["machine_type"])
    assert ("rados:thrash", "wip/y") == (updated["suite"], updated["branch"])


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_job_that_says_nothing_leaves_its_run_alone(client: Client, nothing: str | None) -> None:
    """A null or empty suite, branch or machine type in a job does not wipe the run's."""
    make_job(client, suite=nothing, branch=nothing, machine_type=nothing)
    client.put_json(f"/runs/{RUN}/jobs/1/", {"suite": nothing, "branch": nothing, "machine_type": nothing})

    run = run_of(client)

    assert ("rados", "main", "smithi") == (run["suite"], run["branch"], run["machine_type"])


def test_a_names_time_is_local_to_the_configured_zone(database: Database, settings: Settings) -> None:
    """The time in a name is read in the zone of the settings and served as UTC."""
    tokyo = Client(serve(database, settings.model_copy(update={"timezone": "Asia/Tokyo"})))

    make_run(tokyo, "u-2026-01-31_08:00:00-rados-main-k-f-smithi")

    assert "2026-01-30 23:00:00" == run_of(tokyo, "u-2026-01-31_08:00:00-rados-main-k-f-smithi")["scheduled"]


def test_a_names_time_is_utc_by_default(client: Client) -> None:
    """Without a setting the time in a name is UTC."""
    make_run(client, "u-2026-1-2_3:4:5-rados-main-k-f-smithi")

    assert "2026-01-02 03:04:05" == run_of(client, "u-2026-1-2_3:4:5-rados-main-k-f-smithi")["scheduled"]
