"""The archive directory that the tests write: three runs, 64 jobs, laid out as teuthology leaves them.

Everything here is computed from the tables below: no clock, no random number, so two calls write the
same bytes and the same modification times.
"""

import dataclasses
import itertools
import pathlib

LAB = "lab.test"
FIRST_JOB = 7001
ROLES = [["mon.a", "mgr.x", "osd.0", "osd.1"], ["mon.b", "mon.c", "osd.2", "osd.3", "client.0"]]
SHA1 = "f55f8d8c1b0c2d8e59d4f6a3f0c5b7a9e1d3c204"
SUITE_SHA1 = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
TEUTHOLOGY_SHA1 = "6c29c9a4c1d2d6f0a3b5b7c9d1e3f50718293a4b"

CLUSTERS = ("fixed-2", "fixed-4", "openstack")
THRASHERS = ("careful", "default", "mapgap", "pggrow")
WORKLOADS = ("cache-snaps", "radosbench", "small-objects", "snaps-few-objects")

FAILURE = (
    "Command failed (workunit test rados/test.sh) on smithi003 with status 124: "
    "'mkdir -p -- /home/ubuntu/cephtest/mnt.0 && PATH=$PATH:/usr/sbin timeout 6h bash -c \"a&b;c+d 100%\"' "
    "(exit \u2014 na\u00efve retry)\nTraceback: see teuthology.log"
)


@dataclasses.dataclass(frozen=True)
class Job:
    """One job: its number, what it ran, how it ended and the short names of its machines.

    ``outcome`` is pass, fail, dead, killed (dead without a summary, as a killed process leaves it), running
    or queued (no directory yet).
    """

    key: str
    description: str
    outcome: str
    machines: tuple[str, ...]

    @property
    def status(self) -> str:
        """The status that the results server has to show."""
        return "dead" if self.outcome == "killed" else self.outcome


@dataclasses.dataclass(frozen=True)
class Run:
    """One run: the seven parts of its name, and its jobs in the order of their numbers."""

    user: str
    timestamp: str
    suite: str
    branch: str
    kernel: str
    flavor: str
    machine_type: str
    jobs: tuple[Job, ...]
    year2013: bool = False

    @property
    def name(self) -> str:
        """The run's name, put together as ``teuthology.suite.run.Run.make_run_name`` does."""
        parts = (self.user, self.timestamp, self.suite, self.branch, self.kernel, self.flavor, self.machine_type)
        return "-".join(parts).replace("/", ":")

    @property
    def scheduled(self) -> str:
        """The time in the name, as the server prints times."""
        return self.timestamp.replace("_", " ")

    @property
    def owner(self) -> str:
        """Who holds the machines of the run's jobs."""
        return f"scheduled_{self.user}@teuthology.{LAB}"

    def archived(self) -> list[Job]:
        """The jobs that have a directory."""
        return [job for job in self.jobs if job.outcome != "queued"]

    def ended(self, outcome: str) -> list[Job]:
        """The jobs that ended so, or are in that state."""
        return [job for job in self.jobs if job.outcome == outcome]


def host(short: str) -> str:
    """The full name of a machine of the lab."""
    return f"{short}.{LAB}"


def key_of(short: str) -> str:
    """The public key of a machine."""
    return f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{short.upper():A<43}"


def descriptions() -> list[str]:
    """The 48 combinations of the suite rados:thrash, in the order in which teuthology's matrix lists them."""
    return [
        f"rados:thrash/{{clusters/{cluster} thrashers/{thrasher} workloads/{workload}}}"
        for workload, thrasher, cluster in itertools.product(WORKLOADS, THRASHERS, CLUSTERS)
    ]


def nightly() -> Run:
    """A run in progress: 30 passed, 6 failed, 3 dead, 5 running and 4 still queued jobs."""
    outcomes = ["pass"] * 30 + ["fail"] * 6 + ["dead"] * 2 + ["killed"] + ["running"] * 5 + ["queued"] * 4
    jobs = []
    for number, (description, outcome) in enumerate(zip(descriptions(), outcomes, strict=True)):
        machines = (f"smithi{number % 10 + 1:03}", f"smithi{(number + 1) % 10 + 1:03}")
        if outcome == "running":  # Each of these holds one machine of its own: smithi001 to smithi005.
            machines = (f"smithi{number - 38:03}",)
        jobs.append(Job(str(FIRST_JOB + number), description, outcome, machines))
    return Run("teuthology", "2024-03-01_03:00:02", "rados:thrash", "main", "distro", "default", "smithi", tuple(jobs))


def developer() -> Run:
    """A finished run of a branch with slashes, so that its name holds colons: 12 passed, 3 failed, 1 dead."""
    outcomes = ["pass"] * 12 + ["fail"] * 3 + ["dead"]
    jobs = tuple(
        Job(str(7101 + number), f"fs:workload/{{mount/kclient tasks/{number:02}-snaps}}", outcome, ("trial001",))
        for number, outcome in enumerate(outcomes)
    )
    return Run("zoe", "2024-03-02_11:22:33", "fs:workload", "wip/zoe/fsync", "testing", "default", "trial", jobs)


def ancient() -> Run:
    """A run of 2013: few keys, dashes and dots in their names, machines that the lab has forgotten. 4 passed."""
    jobs = tuple(
        Job(str(96320 + number), f"rados/{{all/{number}.yaml}}", "pass", (f"plana{number + 10}", f"plana{number + 11}"))
        for number in range(4)
    )
    return Run("teuthology", "2013-09-25_23:00:06", "rados", "master", "testing", "basic", "plana", jobs, True)


RUNS = (nightly(), developer(), ancient())


def fragments(run: Run, job: Job) -> dict:
    """What the suite gives teuthology-schedule for a job: the base configuration merged with the fragments."""
    return {
        "archive_upload": "archive@lab.test:/srv/upload",
        "branch": run.branch,
        "email": f"{run.user}@lab.test",
        "expire": "2024-06-01_00:00:00",
        "flavor": run.flavor,
        "kernel": {"branch": run.kernel, "kdb": 1, "sha1": run.kernel},
        "log-rotate": {"ceph-mds": "10G", "ceph-osd": "10G"},
        "machine_type": run.machine_type,
        "meta": [{"desc": "random splitting of a bluestore pool"}],
        "nuke-on-error": True,
        "openstack": [{"volumes": {"count": 4, "size": 30}}],
        "os_type": "ubuntu",
        "os_version": "22.04" if int(job.key) % 2 else 22.04,
        "overrides": overrides(run),
        "priority": 150,
        "repo": "https://github.com/ceph/ceph-ci.git",
        "roles": ROLES[: len(job.machines)],
        "seed": 4711,
        "sha1": SHA1,
        "sleep_before_teardown": 0,
        "subset": "0/1",
        "suite": run.suite,
        "suite_branch": run.branch,
        "suite_relpath": "qa",
        "suite_repo": "https://github.com/ceph/ceph-ci.git",
        "suite_sha1": SUITE_SHA1,
        "tasks": tasks(),
        "teuthology": {"fragments_dropped": [], "meta": {}, "postmerge": []},
        "teuthology_branch": "main",
        "teuthology_sha1": TEUTHOLOGY_SHA1,
        "timestamp": run.timestamp,
        "user": run.user,
    }


def overrides(run: Run) -> dict:
    """The overrides of a job: nested, with blanks, dashes, patterns, numbers, booleans and nulls."""
    return {
        "admin_socket": {"branch": run.branch},
        "ceph": {
            "conf": {"global": {"osd pool default size": 2}, "mon": {"debug mon": 20, "debug paxos": "20/5"}},
            "flavor": run.flavor,
            "fs": "xfs",
            "log-ignorelist": ["\\(MDS_ALL_DOWN\\)", "slow request", "but it is still running \u2026"],
            "log-whitelist": [],
            "sha1": SHA1,
        },
        "install": {"ceph": {"flavor": run.flavor, "sha1": SHA1}},
        "thrashosds": {"bdev_inject_crash": 2, "chance_pgnum_grow": 0.75, "min_in": None, "noscrub": False},
        "workunit": {"branch": run.branch, "sha1": SUITE_SHA1},
    }


def tasks() -> list:
    """The tasks of a job; some have no configuration at all."""
    return [
        {"install": None},
        {"ceph": {"log-ignorelist": ["objects unfound and apparently lost"]}},
        {"thrashosds": {"timeout": 1200}},
        {"workunit": {"clients": {"client.0": ["rados/test.sh"]}, "timeout": "6h"}},
    ]


def submission(run: Run, job: Job) -> dict:
    """What teuthology-schedule makes of the fragments (``teuthology.schedule.build_config``)."""
    return {
        "name": run.name,
        "first_in_suite": False,
        "last_in_suite": False,
        "description": job.description,
        "owner": run.owner,
        "verbose": False,
        **fragments(run, job),
    }


def dispatched(base: pathlib.Path, run: Run, job: Job) -> dict:
    """What the dispatcher adds before it starts the job, and the runner stores as orig.config.yaml."""
    return {
        **submission(run, job),
        "archive_path": str(base / run.name / job.key),
        "job_id": job.key,
        "queue": run.machine_type,
        "suite_path": f"/home/teuthworker/src/git.ceph.com_ceph-c_{SUITE_SHA1}/qa",
        "targets": {host(short): key_of(short) for short in job.machines},
        "worker_log": f"/home/teuthworker/archive/worker_logs/dispatcher.{run.machine_type}.4242",
    }


def dispatched2013(base: pathlib.Path, run: Run, job: Job) -> dict:
    """A configuration of 2013: no seed, no priority, no suite; the targets carry a user."""
    return {
        "archive_path": str(base / run.name / job.key),
        "job_id": job.key,
        "kernel": {"kdb": True, "sha1": "7c1a5a3e5cd1f34a7e1b2b8b3f9c26f3e4ffd0f1"},
        "machine_type": run.machine_type,
        "name": run.name,
        "nuke-on-error": True,
        "os-type": "ubuntu",
        "overrides": {"ceph": {"log-whitelist": ["wrongly marked me down"], "sha1": SHA1}},
        "owner": run.owner,
        "roles": [["mon.a", "osd.0"], ["mon.b", "osd.1"]],
        "targets": {f"ubuntu@{host(short)}": key_of(short) for short in job.machines},
        "tasks": [{"chef": None}, {"clock.check": None}, {"install": None}, {"ceph": None}],
        "verbose": True,
    }


def info(run: Run, job: Job) -> dict:
    """The small document that the runner leaves for other programs; ``cluster`` and ``archive`` come later."""
    return {
        "archive": {"init": "/home/ubuntu/cephtest/archive"},
        "cluster": {f"ubuntu@{host(short)}": {"roles": ROLES[n % 2]} for n, short in enumerate(job.machines)},
        "description": job.description,
        "job_id": job.key,
        "name": run.name,
        "owner": run.owner,
        "pid": 30000 + int(job.key) % 1000,
    }


def summary(run: Run, job: Job) -> dict:
    """What the runner reports and stores at the end of a job."""
    document = {
        "description": job.description,
        "duration": 1000 + int(job.key) % 97 + 0.25,
        "flavor": run.flavor,
        "owner": run.owner,
        "success": job.outcome == "pass",
    }
    if run.year2013:
        return document | {"mon.a-kernel-sha1": "a" * 40, "mon.b-kernel-sha1": "b" * 40}
    if job.outcome == "pass":
        return document | {"pcp_grafana_url": f"http://pcp.lab.test/grafana/?host={job.machines[0]}&from=1&to=2"}
    document["status"] = job.outcome
    if job.outcome == "fail":
        document["failure_reason"] = FAILURE
        document["sentry_event"] = f"https://sentry.lab.test/organizations/lab/?query={int(job.key):032x}"
    else:
        document["failure_reason"] = "reached maximum tries (91) after waiting for 540 seconds"
    return document
