"""Documents of kernels in the archive: which run and job, what is beside it, and what becomes of those told again."""

import datetime
import random
from typing import Any

import orjson
import pytest

from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.kernels import builds
from paddles.settings import Settings
from tests.client import Client
from tests.factories import make_job
from tests.ingest.kcidb_units import BUILD as KCIDB_BUILD
from tests.ingest.kcidb_units import BUILD_KEY as KCIDB_KEY
from tests.ingest.kcidb_units import CHECKOUT, TEST, document
from tests.ingest.kcidb_units import RUN as KCIDB_RUN
from tests.ingest.kcidb_units import load as load_kcidb
from tests.ingest.kernel_units import (
    BOOT,
    BOOT_KEY,
    BOOT_RUN,
    BUILD,
    BUILD_KEY,
    BUILD_RUN,
    ENDED,
    LAVA_KEY,
    LAVA_RUN,
    METADATA,
    boot_row,
    build_row,
    lava,
    load,
    tables,
)
from tests.ingest.lavas import INCOMPLETE, booted, case, suites
from tests.units import inexact, job_of, rows, run_of

EARLIER, LATER = ENDED.replace("12:30", "12:10"), ENDED.replace("12:30", "12:50")


def cases_of(database: Database) -> list[tuple[str, str]]:
    """Return the suite and name of each case that is no step of a lab."""
    found = rows(
        database,
        """SELECT tests.name AS suite, cases.name FROM cases JOIN tests ON tests.id = test_id
        WHERE tests.name <> 'lava' ORDER BY cases.id""",
    )
    return [(row.suite, row.name) for row in found]


def test_a_build_is_kept_whole(client: Client, database: Database, settings: Settings) -> None:
    """In columns, and as it came: fields that nobody knows, too."""
    load(client, database, settings, "build", BUILD)

    row = build_row(database)
    assert ("mainline", "master", "v6.1-rc1", "defconfig", "pass") == (
        *(row.tree, row.branch, row.kernel, row.defconfig_full, row.result),
    )
    assert (0, 3, 95.5, 8_000_000) == (row.errors, row.warnings, row.duration_s, row.kernel_image_size)
    kept = transact(database, lambda session: builds.document(session, row.job_id))
    assert BUILD == kept


def test_a_build_told_again_is_joined_with_before(client: Client, database: Database, settings: Settings) -> None:
    """The first moment stays, and what is not said again; a build with another key is another."""
    load(client, database, settings, "build", BUILD)
    first = build_row(database)
    sparse = {name: BUILD[name] for name in ("job", "kernel", "git_branch", "arch", "defconfig", "build_environment")}

    load(client, database, settings, "build", {**sparse, "build_result": "FAIL", "build_errors": 7})

    row = build_row(database)
    assert (first.created, first.job_id, 3, 7, "fail") == (
        *(row.created, row.job_id, row.warnings, row.errors, row.result),
    )
    job = job_of(database, BUILD_RUN, BUILD_KEY)
    assert ("fail", "7 errors") == (job.status, orjson.loads(bytes(job.document))["failure_reason"])
    for other in ({"arch": "arm"}, {"kernel": "v6.2"}, {"defconfig_full": "defconfig+x"}, {"defconfig": "other"}):
        load(client, database, settings, "build", {**BUILD, **other})
    load(client, database, settings, "build", {**BUILD, "build_environment": "clang"})
    assert 6 == tables(database)["kernel_builds"]
    assert [] == inexact(database)


@pytest.mark.parametrize("said", ["2026-01-29T08:30:00+01:00", "2026-01-29 07:30:00", "2026-01-29T07:30:00.000Z"])
def test_builds_and_boots_are_of_when_they_were(
    client: Client, database: Database, settings: Settings, said: str
) -> None:
    """So is the job of each, which began before that by as long as it took."""
    load(client, database, settings, "build", {**BUILD, "created_on": said})
    load(client, database, settings, "boot", {**BOOT, "created_on": said})

    moment = datetime.datetime(2026, 1, 29, 7, 30, tzinfo=datetime.UTC)
    assert (moment, moment) == (build_row(database).created, boot_row(database).happened)
    for job, took_s in ((job_of(database, BUILD_RUN, BUILD_KEY), 95.5), (job_of(database, BOOT_RUN, BOOT_KEY), 12.5)):
        assert (moment - datetime.timedelta(seconds=took_s), moment) == (job.started, job.finished)


@pytest.mark.parametrize("said", ["2199-01-01T00:00:00Z", "yesterday", 1769671800, "0001-01-01", None])
def test_builds_and_boots_are_of_when_they_came_at_the_latest(
    client: Client, database: Database, settings: Settings, said: Any
) -> None:
    """What is to come is not believed, and what is no moment is none."""
    load(client, database, settings, "build", {**BUILD, "created_on": said})
    load(client, database, settings, "boot", {**BOOT, "created_on": said})

    received = [row.received for row in rows(database, "SELECT received FROM receipts ORDER BY id")]
    assert received == [build_row(database).created, boot_row(database).happened]
    jobs = (job_of(database, BUILD_RUN, BUILD_KEY), job_of(database, BOOT_RUN, BOOT_KEY))
    assert {0} == {(job.finished - came).days for job, came in zip(jobs, received, strict=True)}


def test_the_first_moment_of_a_build_stays(client: Client, database: Database, settings: Settings) -> None:
    """Whatever is said of it later."""
    for day in ("29", "30", "28"):
        load(client, database, settings, "build", {**BUILD, "created_on": f"2026-01-{day}T12:00:00"})

    assert 29 == build_row(database).created.day


def test_a_boot_of_a_lab_without_lava(client: Client, database: Database, settings: Settings) -> None:
    """A job on its machine; told again it is replaced."""
    load(client, database, settings, "boot", BOOT)
    load(client, database, settings, "boot", {**BOOT, "boot_result": "OFFLINE", "boot_result_description": "no power"})

    row, job = boot_row(database), job_of(database, BOOT_RUN, BOOT_KEY)
    assert ("lab-y", "meson", "meson-01", "amlogic", "boot", "offline", 12.5, 1, 2, "v6.1-rc1", 2) == (
        *(row.lab, row.board, row.device, row.mach, row.plan, row.result, row.duration_s, row.retries, row.warnings),
        *(row.git_describe, row.revision),
    )
    assert ("dead", "no power") == (job.status, orjson.loads(bytes(job.document))["failure_reason"])
    assert [("meson-01", "meson")] == [tuple(m) for m in rows(database, "SELECT name, machine_type FROM machines")]
    details = orjson.loads(bytes(row.details))
    assert "boot.txt" == details["boot_log"]
    assert "fastboot" not in details


def test_a_callback_is_a_job_with_tests_on_a_machine(client: Client, database: Database, settings: Settings) -> None:
    """In the run of its revision and plan, called as the lab calls it."""
    (said,) = load(client, database, settings, "lava", lava())

    assert f"/runs/{LAVA_RUN}/jobs/{LAVA_KEY}/" == said["job"]
    job = job_of(database, LAVA_RUN, LAVA_KEY)
    assert ("pass", "outside", "qemu", "master", "baseline") == (
        *(job.status, job.kind, job.machine_type, job.branch, job.suite),
    )
    assert 1800 == orjson.loads(bytes(job.document))["duration"]
    assert [("dmesg", "crit"), ("dmesg", "emerg")] == cases_of(database)
    assert 1 == tables(database)["machines"]
    assert [LAVA_KEY] == [each["job_id"] for each in client.get("/nodes/qemu01/jobs/").json]


def test_a_callback_told_again_replaces_what_was_said(client: Client, database: Database, settings: Settings) -> None:
    """All of it, and the revision counts."""
    load(client, database, settings, "lava", lava())
    load(client, database, settings, "lava", lava(end_time=LATER, results=suites(lava=booted(), _0_other=[case("x")])))

    assert [("other", "x")] == cases_of(database)
    assert 2 == boot_row(database).revision
    assert (1, 1, 2) == tuple(tables(database)[name] for name in ("jobs", "kernel_boots", "tests"))


def test_one_that_ended_earlier_changes_nothing(client: Client, database: Database, settings: Settings) -> None:
    """It came late: the job is what was said of its end; it is processed all the same, into that job."""
    load(client, database, settings, "lava", lava(end_time=LATER))
    before = job_of(database, LAVA_RUN, LAVA_KEY).version

    (said,) = load(client, database, settings, "lava", lava(end_time=EARLIER, results=suites(_0_other=[case("x")])))
    load(client, database, settings, "lava", lava(end_time="None", status=1))

    assert ("processed", True) == (said["state"], said["job"].endswith(f"{LAVA_KEY}/"))
    assert before == job_of(database, LAVA_RUN, LAVA_KEY).version
    assert ("dmesg", "crit") in cases_of(database)


def test_any_order_and_any_repetition_comes_to_the_same(client: Client, database: Database, settings: Settings) -> None:
    """Of several callbacks of one job the one that ended last counts, whichever comes when, however often."""
    said = [
        lava(end_time=when, results=suites(lava=booted(), _0_t=[case(name)]))
        for when, name in ((EARLIER, "early"), (ENDED, "mid"), (LATER, "late"))
    ]
    dice = random.Random(7)
    for number in range(4):
        again = [{**each, "id": number} for each in said * 2]
        dice.shuffle(again)
        load(client, database, settings, "lava", *again)

    assert [("t", "late")] * 4 == cases_of(database)
    assert 4 == tables(database)["jobs"]
    assert [] == inexact(database)


def test_one_that_is_of_another_kernel_now_moves(client: Client, database: Database, settings: Settings) -> None:
    """No job is left behind in the run where it was."""
    load(client, database, settings, "lava", lava())
    load(client, database, settings, "lava", lava({**METADATA, "kernel.version": "v6.2"}, end_time=LATER))

    assert (1, 2) == (tables(database)["jobs"], boot_row(database).revision)
    assert "pass" == job_of(database, LAVA_RUN.replace("v6.1-rc1", "v6.2"), LAVA_KEY).status


def test_labs_number_their_jobs_themselves(client: Client, database: Database, settings: Settings) -> None:
    """The same number of two labs is two jobs."""
    load(client, database, settings, "lava", lava(), lava(lab_name="lab-z", actual_device_id=None))

    assert 2 == tables(database)["kernel_boots"]
    assert 2 == run_of(database, LAVA_RUN).n_pass


def test_a_job_of_somebody_else_is_left_alone(client: Client, database: Database, settings: Settings) -> None:
    """The document fails, and says why."""
    make_job(client, LAVA_RUN, job_id=LAVA_KEY)

    (said,) = load(client, database, settings, "lava", lava())

    assert ("failed", True) == (said["state"], "somebody else's" in said["reason"])
    assert 0 == tables(database)["kernel_boots"]


def test_devices_with_names_that_no_machine_has(client: Client, database: Database, settings: Settings) -> None:
    """Have no machine; the job is there."""
    said = load(client, database, settings, "lava", lava(actual_device_id="lock_many"), lava(id=2, actual_device_id=[]))

    assert ["processed"] * 2 == [each["state"] for each in said]
    assert (2, 0) == (tables(database)["jobs"], tables(database)["machines"])


@pytest.mark.parametrize("metadata", [{}, {"device.type": "qemu"}, {"kernel.tree": "a/b ü", "git.branch": "x" * 600}])
def test_one_that_says_little_of_its_kernel(
    client: Client, database: Database, settings: Settings, metadata: dict[str, Any]
) -> None:
    """Has a run all the same, with a name that may stand in an address."""
    (said,) = load(client, database, settings, "lava", lava(metadata, status=INCOMPLETE))

    assert "processed" == said["state"]
    assert 200 == client.get(said["job"]).status_int
    assert "%" not in said["job"]


def test_what_kcidb_says_of_kernels(client: Client, database: Database, settings: Settings) -> None:
    """Its builds and the places of its tests are in the same lists; told again they stay as they are."""
    misc = {"misc": {"errors": 2, "vmlinux_text_size": 5, "board_instance": "b"}}
    whole = document(checkouts=[CHECKOUT], builds=[{**KCIDB_BUILD, **misc}], tests=[TEST])
    for _ in range(2):
        load_kcidb(database, settings, whole)

    build, boot = build_row(database), boot_row(database)
    assert ("mainline", "master", "v6.1-rc1", "arm64", "gcc-12", "pass", 2, 5) == (
        *(build.tree, build.branch, build.kernel, build.arch, build.build_environment, build.result, build.errors),
        build.vmlinux_text_size,
    )
    assert ("lab-x", "qemu", "ltp", "pass", 1, "mainline") == (
        *(boot.lab, boot.board, boot.plan, boot.result, boot.revision, boot.tree),
    )
    assert build.job_id == job_of(database, KCIDB_RUN, KCIDB_KEY).id
