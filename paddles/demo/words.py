"""What a lab of ceph's looks like: machines, people, suites, and how their jobs fail."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Machines:
    """Machines of a type: how many, their architecture and their systems."""

    kind: str
    count: int
    arch: str
    systems: Sequence[tuple[str, str]]


SYSTEMS = (("centos", "9.stream"), ("ubuntu", "22.04"), ("rocky", "10"))
TYPES = (
    Machines("smithi", 40, "x86_64", SYSTEMS),
    Machines("gibba", 16, "x86_64", SYSTEMS[:2]),
    Machines("trial", 12, "x86_64", SYSTEMS),
    Machines("braggi", 6, "aarch64", (("ubuntu", "22.04"),)),
)
PEOPLE = ("amara", "bjarne", "chiyo", "dolores", "emeka", "teuthology")
LOCKS = (
    ("amara@desk", "bisecting a leak of bluestore"),
    ("chiyo@desk", "kernel crash dumps, please ask before you take it"),
    ("emeka@desk", "measuring recovery with 25 GbE"),
    ("dolores@desk", "new disks are burnt in until Friday"),
)
DOWN = ("marked down: no answer of its BMC", "marked down: disk sdb is failing", "marked down: memory errors, ECC")
BRANCHES = ("main", "main", "main", "tentacle", "squid", "wip-amara-testing", "wip-emeka-bluestore")
FLAVORS = ("default", "default", "debug", "tsan")


@dataclass(frozen=True)
class Suite:
    """A suite: what its jobs are called by, and the type of machine that it runs on."""

    name: str
    sub: str
    workloads: Sequence[str]
    machines: str
    minutes: int


SUITES = (
    Suite("rados", "thrash", ("cache-agent-big", "radosbench", "snaps-few-objects", "write_fadvise"), "smithi", 55),
    Suite("rbd", "librbd", ("python_api_tests", "rbd_fio", "qemu_xfstests"), "smithi", 40),
    Suite("fs", "workload", ("fsstress", "dbench", "kernel_untar_build", "pjd"), "smithi", 70),
    Suite("rgw", "verify", ("s3tests", "ragweed", "multisite"), "gibba", 35),
    Suite("orch", "cephadm", ("smoke-roleless", "upgrade-parallel", "nfs-ingress"), "trial", 45),
    Suite("smoke", "basic", ("mon_thrash", "rados_api_tests", "cfuse_iozone"), "braggi", 20),
)
STORES = ("bluestore-comp-zstd", "bluestore-stupid", "bluestore-hybrid")
MESSENGERS = ("few", "osd-delay", "fastclose")

# Hosts, numbers and times in them differ from job to job; the kind of the failure does not.
REASONS: Mapping[str, str] = {
    "timeout": "Command failed (workunit test {workload}.sh) on {host} with status 124: 'mkdir -p -- /home/ubuntu/"
    "cephtest/mnt.0/client.0/tmp && cd -- /home/ubuntu/cephtest/mnt.0/client.0/tmp && CEPH_REF={sha1} timeout 3h "
    "/home/ubuntu/cephtest/clone.client.0/qa/workunits/{workload}.sh'",
    "slow": '"{day}T{clock}.{n}+0000 mon.a (mon.0) {n} : cluster [WRN] Health check failed: {few} slow ops, oldest '
    'one blocked for {n} sec, osd.{few} has slow ops (SLOW_OPS)" in cluster log',
    "crash": "Command crashed: 'sudo adjust-ulimits ceph-coverage /home/ubuntu/cephtest/archive/coverage daemon-helper"
    " kill ceph-osd -f --cluster ceph -i {few}', process {pid} on {host} got signal 6",
    "coredump": "Found coredumps on ubuntu@{host}.front.example.org",
    "assertion": "Test failure: test_{workload} (tasks.{suite}.test_{workload}.TestAgain), pid {pid}",
    "scrub": "Exiting scrub checking -- not all pgs scrubbed, osd.{few} at {host}:68{few}",
}
DEATHS: Mapping[str, str] = {
    "expired": "hit max job timeout",
    "reimage": "Error reimaging machines: reached maximum tries (101) after waiting for 600 seconds on {host}",
    "ssh": "SSH connection to {host} was lost: 'rm -rf -- /home/ubuntu/cephtest', pid {pid}",
}


def machine_names(kind: Machines) -> list[str]:
    """Return what the machines of a type are called."""
    return [f"{kind.kind}{number:03}" for number in range(1, kind.count + 1)]


def reason(kind: str, rng: random.Random, said: Mapping[str, str]) -> str:
    """Return why a job did not pass, a kind of ``REASONS`` or ``DEATHS``, as this one says it."""
    numbers = {
        "n": rng.randint(100_000, 999_999),
        "few": rng.randint(1, 11),
        "pid": rng.randint(2_000, 99_000),
        "clock": f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}",
    }
    return (REASONS.get(kind) or DEATHS[kind]).format(**numbers, **said)


def describe(suite: Suite, workload: str, store: str, messenger: str, system: str) -> str:
    """Return the description of a job, with what it is made of."""
    return (
        f"{suite.name}/{suite.sub}/{{clusters/{{fixed-2 openstack}} mon_election/connectivity "
        f"msgr-failures/{messenger} objectstore/{store} supported-random-distro$/{{{system}}} workloads/{workload}}}"
    )
