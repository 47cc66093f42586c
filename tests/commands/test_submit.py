"""``pecan submit``: a job file becomes jobs in the database, or a text on the screen."""

import uuid
from pathlib import Path
from typing import Any

import pytest

from paddles.boot.expansion import MOST_JOBS
from paddles.commands import submit
from paddles.db.engine import Database
from tests.client import Client
from tests.commands.conftest import Pecan, process
from tests.commands.job_files import stored, write


@pytest.fixture
def job_file(tmp_path: Path) -> Path:
    """A job file that makes four jobs."""
    return write(tmp_path)


def test_each_combination_is_a_job(database: Database, pecan: Pecan, job_file: Path) -> None:
    """The first list of the file changes slowest; each job is a line with its id and its result root."""
    printed = pecan("submit", str(job_file))

    found = stored(database)
    assert printed == "".join(f"{job.id} /result/napper/{job.id}\n" for job in found)
    said = [(job.document["nr_threads"], job.document["napper"]["mode"]) for job in found]
    assert said == [(1, "hard"), (1, "soft"), ("50%", "hard"), ("50%", "soft")]
    assert {(job.status, job.queue) for job in found} == {("queued", "vm-2p8g")}
    assert found[0].document["runtime"] == 30
    assert found[0].document["pp"] == {"napper": {"mode": "hard", "nr_threads": 1, "runtime": 30}}


def test_jobs_of_one_submission_are_one_run(database: Database, pecan: Pecan, job_file: Path) -> None:
    """It is called by a UUID that all of them carry; the next submission is another run."""
    pecan("submit", str(job_file))
    pecan("submit", str(job_file))

    runs = [job.run for job in stored(database)]
    assert [4, 4] == [runs.count(run) for run in dict.fromkeys(runs)]
    assert all(str(uuid.UUID(run)) == run for run in runs)
    assert all(job.document["submit_id"] == job.run for job in stored(database))


@pytest.mark.parametrize("words", [["submit_id=mine", "{}"], ["{}", "submit_id=mine"], ["{}", "-s", "submit_id=mine"]])
def test_a_submission_can_be_named(database: Database, pecan: Pecan, job_file: Path, words: list[str]) -> None:
    """Whoever says the ``submit_id`` says which run the jobs join."""
    pecan("submit", *(word.format(job_file) for word in words))

    assert {job.run for job in stored(database)} == {"mine"}


def test_a_submission_of_a_job_that_was_submitted_is_a_new_one(
    database: Database, pecan: Pecan, tmp_path: Path
) -> None:
    """The ``submit_id`` in a file is that of the past, as its id is."""
    path = write(tmp_path, "suite: nap\ntestbox: vm-1\nid: 7\nsubmit_id: before\nresult_root: /result/nap/7\n")
    printed = pecan("submit", str(path))

    (job,) = stored(database)
    assert job.run != "before"
    assert printed == f"{job.id} /result/nap/{job.id}\n"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["os=centos", "{}", "runtime=5"], {"os": "centos", "runtime": 5}),
        (["runtime=5", "{}"], {"runtime": 30}),
        (["-s", "runtime=5", "{}", "-s", "note=it's"], {"runtime": 5, "note": "it's"}),
        (["{}", "-s", "runtime=5", "--set", "runtime=7"], {"runtime": 7}),
        (["{}", "runtime=6", "-s", "runtime=5"], {"runtime": 5}),
        (["{}", "napper.mode=gentle"], {"napper": {"mode": "gentle"}}),
        (["{}", "flag=true", "size=", "text='007'"], {"flag": True, "size": None, "text": "007"}),
    ],
)
def test_words_before_are_defaults_and_behind_overrides(
    database: Database, pecan: Pecan, job_file: Path, words: list[str], expected: dict[str, Any]
) -> None:
    """As the ``submit`` of lkp has it; ``-s`` overrides wherever it stands."""
    pecan("submit", *(word.format(job_file) for word in words))

    assert expected == {name: stored(database)[0].document[name] for name in expected}


def test_further_lists_can_be_alternatives(database: Database, pecan: Pecan, tmp_path: Path) -> None:
    """A list that nobody declares stays one, unless ``--expand`` names it."""
    path = write(tmp_path, "suite: nap\ntestbox: vm-1\nrootfs_disk: [/dev/vda, /dev/vdb]\n")

    pecan("submit", str(path))
    pecan("submit", "--expand", "rootfs_disk", str(path))

    disks = [job.document["rootfs_disk"] for job in stored(database)]
    assert disks == [["/dev/vda", "/dev/vdb"], "/dev/vda", "/dev/vdb"]


def test_documents_of_a_file_share_the_first(database: Database, pecan: Pecan, tmp_path: Path) -> None:
    """Each further one is a job of its own, in the same run; where a job comes from stays its first key."""
    path = write(tmp_path, "suite: nap\ntestbox: vm-1\n---\nsecs: 1\n---\nsecs: 2\ntestbox: dc-1g-3\n")

    pecan("submit", str(path))

    found = stored(database)
    assert [(job.document["secs"], job.queue) for job in found] == [(1, "vm"), (2, "dc-1g")]
    assert len({job.run for job in found}) == 1
    assert {next(iter(job.document)) for job in found} == {f"#! {path}"}


def test_more_jobs_than_are_stored_at_once(database: Database, pecan: Pecan, job_file: Path) -> None:
    """However many they are, all are there, once and in order."""
    many = submit.BATCH + 5

    printed = pecan("submit", str(job_file), "nr_threads=1", f"napper.mode={list(range(many))}")

    found = stored(database)
    assert [job.document["napper"]["mode"] for job in found] == list(range(many))
    assert printed.splitlines() == [f"{job.id} /result/napper/{job.id}" for job in found]
    assert len({job.run for job in found}) == 1


def test_a_dry_run_shows_what_machines_would_get(
    database: Database, command: Pecan, tmp_path: Path, job_file: Path
) -> None:
    """Of each job its shell, its boot scripts and what its archive holds; nothing is stored, no database is needed."""
    path = tmp_path / "config.py"
    path.write_text("database_url = 'postgresql://nobody@127.0.0.1:1/none'\nsched_host = 'sched.example'\n")

    printed = command("submit", path, "--dry-run", job_file)

    names = [line for line in printed.splitlines() if line.startswith("=== ")]
    assert names == [f"=== napper-{mode}-{n}-30s.yaml" for n in ("1", "50%") for mode in ("hard", "soft")]
    assert printed.count("\texport suite='napper'\n") == printed.count("run_test mode=") == 4
    assert printed.count("--- boot.ipxe\n#!ipxe\ninitrd http://127.0.0.1:8000/os/debian/x86_64/sid/initrd.lkp\n") == 4
    assert printed.count("\ninitrd http://sched.example:3000/job_initrd_tmpfs/0/job.cgz\nkernel http://") == 4
    assert printed.count("--- boot.grub\n#!grub\nlinux (http,127.0.0.1:8000)/os/debian/x86_64/sid/vmlinuz ") == 4
    assert printed.count('--- boot.container\n{"docker_images":"centos:7","lkp":') == 4
    assert printed.count("--- job.cgz\ndrwxr-xr-x         0 lkp\ndrwxr-xr-x         0 lkp/scheduled\n-rw-rw-r-- ") == 4
    assert printed.count(" lkp/scheduled/job.sh\n") == 4
    assert stored(database) == []


def test_a_dry_run_refuses_what_a_submission_would(pecan: Pecan, job_file: Path) -> None:
    """Its exit code tells whether a file is good."""
    assert "napper-hard-1-30s.yaml: os may hold" in pecan("submit", "--dry-run", str(job_file), "os=a;b", code=1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the job file is empty"),
        ("- a\n", "a job is a mapping"),
        ("suite: [\n", "not YAML: line 2"),
        ("suite: <%= x %>\n", "line 1: <% %> is Ruby"),
        ("testbox: vm-1\n", "suite must be a name"),
        ("suite: nap\n", "could not find required key: 'testbox' or 'tbox_group'"),
        ("suite: nap\ntestbox: [vm-1, '../etc']\n", "napper-defaults-2.yaml: testbox must be a name"),
        ("suite: nap\ntestbox: vm-1\nos: $(reboot)\n", "os may hold"),
        ("suite: nap\ntestbox: vm-1\narch: []\n", "arch is an empty list"),
        (f"suite: nap\ntestbox: {list(range(MOST_JOBS + 1))}\n", "expands to at most"),
        (b"suite: \xff\n", "is not UTF-8"),
    ],
)
def test_a_file_that_makes_no_jobs_is_refused(
    database: Database, pecan: Pecan, tmp_path: Path, content: str | bytes, message: str
) -> None:
    """In one line that says what and where, with exit code 1; none of its jobs is stored."""
    printed = pecan("submit", str(write(tmp_path, content)), code=1)

    assert printed.startswith("paddles: ")
    assert printed.count("\n") == 1
    assert message in printed
    assert stored(database) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["no.yaml"], "cannot read no.yaml: No such file"),
        (["/"], "cannot read /: Is a directory"),
        (["a\0b"], "cannot read"),
    ],
)
def test_a_file_that_cannot_be_read_is_said(pecan: Pecan, words: list[str], message: str) -> None:
    """With exit code 1."""
    assert message in pecan("submit", *words, code=1)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a=1", "b=2"], "no configuration file"),
        (["one.yaml", "two.yaml"], "name one job file"),
        (["one.yaml", "=1"], "'' is no key"),
        (["one.yaml", "-s", "a"], "a has no value"),
        (["one.yaml", "-s", "a={b: 1}"], "a mapping cannot be set at once"),
        (["one.yaml", "--wrong"], "unrecognized arguments: --wrong"),
        (["one.yaml", "-s"], "expected one argument"),
    ],
)
def test_words_that_make_no_sense_are_2(pecan: Pecan, words: list[str], message: str) -> None:
    """As with every command."""
    assert message in pecan("submit", *words, code=2)


def test_without_a_configuration_file_the_environment_names_one(
    database: Database, config_file: Path, job_file: Path
) -> None:
    """Then the first word is what is submitted."""
    done = process("submit", "os=centos", job_file, PECAN_CONFIG=str(config_file))

    assert done.stdout.splitlines() == [f"{job.id} /result/napper/{job.id}" for job in stored(database)]
    assert {job.document["os"] for job in stored(database)} == {"centos"}
    assert "Submit the jobs" in process("submit", "--help").stdout
    assert "--dry-run" in process("submit", config_file, "--help").stdout


def test_a_machine_gets_what_was_submitted(client: Client, pecan: Pecan, job_file: Path) -> None:
    """From the file to the script of the machine that boots for it."""
    job_id = pecan("submit", str(job_file)).split()[0]

    client.put("/set_host_mac?hostname=vm-2p8g-7&mac=52-54-00-12-34-56")
    script = client.get("/boot.ipxe/mac/52-54-00-12-34-56").text

    assert f"/job_initrd_tmpfs/{job_id}/job.cgz\n" in script
