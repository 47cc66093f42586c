"""What the service adds to a job."""

from typing import Any

import pytest

from paddles.boot.defaults import completed, group_of, kind_of
from paddles.errors import Invalid
from tests.boot.samples import HOSTS, job, ready

# testbox: group, kind.
MACHINES = {
    "dc-1g-1": ("dc-1g", "dc"),
    "dc-1g-17": ("dc-1g", "dc"),
    "dc-1g": ("dc-1g", "dc"),
    "vm-2p8g--user": ("vm-2p8g--user", "vm"),
    "vm-2p8g--user-1338976": ("vm-2p8g--user", "vm"),
    "wfg-e595": ("wfg-e595", "hw"),
    "hostname-001-001": ("hostname-001", "hw"),
    "taishan200-2280-2s64p-256g--a61": ("taishan200-2280-2s64p-256g--a61", "hw"),
    "sut-52:54:00:12:34:56": ("sut-52:54:00:12:34:56", "hw"),
    "vm-1p1g-2.host-1": ("vm-1p1g-2.host", "vm"),
    "-1": ("-1", "hw"),
    "--1": ("-", "hw"),
    "a-": ("a-", "hw"),
    "a-1-": ("a-1-", "hw"),
    "a-1\n": ("a-1\n", "hw"),
    "a-٣": ("a-٣", "hw"),
    "dc": ("dc", "hw"),
    "dcx-1": ("dcx", "hw"),
    "7": ("7", "hw"),
}


@pytest.mark.parametrize(("testbox", "expected"), MACHINES.items())
def test_groups_and_kinds(testbox: str, expected: tuple[str, str]) -> None:
    """One number goes from the end unless nothing would be left; the first word says whether it is virtual."""
    assert expected == (group_of(testbox), kind_of(testbox))


def test_a_container_job() -> None:
    """What is derived stands behind what was submitted, in this order."""
    submitted = job(testbox="dc-1g-1", runtime=3)

    assert {
        **submitted,
        "id": "7",
        "tbox_group": "dc-1g",
        "lkp_initrd_user": "latest",
        "os_mount": "container",
        "os_dir": "debian/x86_64/sid",
        "result_root": "/result/nap/7",
    } == completed(submitted, 7, HOSTS)
    derived = ["id", "tbox_group", "lkp_initrd_user", "os_mount", "os_dir", "result_root"]
    assert [*submitted, *derived] == list(completed(submitted, 7, HOSTS))


def test_a_job_that_says_next_to_nothing() -> None:
    """Suite and class will do."""
    found = completed({"suite": "nap", "tbox_group": "vm-2p8g"}, 7, HOSTS)

    assert [
        ("suite", "nap"),
        ("tbox_group", "vm-2p8g"),
        ("id", "7"),
        ("os", "debian"),
        ("os_arch", "aarch64"),
        ("os_version", "sid"),
        ("lkp_initrd_user", "latest"),
        ("os_mount", "nfs"),
        ("os_dir", "debian/aarch64/sid"),
        ("kernel_append_root", "os.example:/os/debian/aarch64/sid"),
        ("result_root", "/result/nap/7"),
    ] == list(found.items())


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"os_mount": "nfs"}, "os.example:/os/debian/x86_64/sid"),
        ({"os_mount": "cifs"}, "cifs://os.example/os/debian/x86_64/sid,guest,ro,hard,vers=1.0,noacl,nouser_xattr"),
        ({"os_mount": "initramfs"}, "/dev/ram0"),
        ({"os_mount": "local"}, None),
        ({"os_mount": "container"}, None),
        ({"os_mount": "local", "kernel_append_root": "/dev/sda1"}, "/dev/sda1"),
        ({"kernel_append_root": "/dev/vda"}, "/dev/vda"),
        ({"kernel_append_root": ""}, "os.example:/os/debian/x86_64/sid"),
        ({"testbox": "dc-1g-1", "os_mount": "nfs"}, None),
    ],
)
def test_root_by_mount(fields: dict[str, Any], expected: str | None) -> None:
    """A given root wins; else the mount decides, and a container has none."""
    assert expected == ready(**fields).get("kernel_append_root")


@pytest.mark.parametrize(
    "fields", [{"testbox": "dc-1g-1"}, {"tbox_group": "dc-1g"}, {"testbox": "dc-1g-1", "tbox_group": "x"}]
)
def test_containers_mount_nothing(fields: dict[str, Any]) -> None:
    """Whatever a job says of mounts, on a dc machine its root is the container's."""
    assert "container" == ready(**fields, os_mount="cifs")["os_mount"]


def test_what_is_given_stays() -> None:
    """Values that are not empty are never overwritten, but for the number and the folder of the system."""
    given = {
        "tbox_group": "own-group-1",
        "lkp_initrd_user": "somebody",
        "os_mount": "cifs",
        "kernel_append_root": "/dev/vda",
        "result_root": "/result/own",
        "docker_image": "debian:12",
    }
    found = ready(**given, id="99", os_dir="../../etc")

    assert given == {name: found[name] for name in given}
    assert ("7", "debian/x86_64/sid") == (found["id"], found["os_dir"])


@pytest.mark.parametrize("empty", [None, ""])
def test_what_is_empty_takes_its_default_in_place(empty: str | None) -> None:
    """An empty field stays where it stood."""
    found = completed(
        {"os": empty, "os_arch": empty, "arch": "riscv64", "suite": "nap", "testbox": "a", "tbox_group": empty},
        7,
        HOSTS,
    )

    assert ["os", "os_arch", "arch", "suite", "testbox", "tbox_group"] == list(found)[:6]
    assert ("debian", "riscv64", "a") == (found["os"], found["os_arch"], found["tbox_group"])


def test_completing_again_changes_nothing() -> None:
    """A completed job is complete."""
    assert list(ready().items()) == list(completed(ready(), 7, HOSTS).items())


def test_the_submitted_job_is_left_alone() -> None:
    """A unit of work may be repeated with it."""
    submitted = job()
    completed(submitted, 7, HOSTS)

    assert job() == submitted


def test_a_version_may_be_a_number() -> None:
    """It stays a number in the job and is text in paths."""
    found = ready(os_version=22.04)

    assert (22.04, "debian/x86_64/22.04") == (found["os_version"], found["os_dir"])


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"suite": None}, "suite"),
        ({"suite": "a/b"}, "suite"),
        ({"testbox": None}, "testbox"),
        ({"testbox": ["a"]}, "testbox"),
        ({"testbox": {"a": 1}}, "testbox"),
        ({"testbox": "a b", "tbox_group": "c"}, "testbox"),
        ({"tbox_group": "a/b"}, "tbox_group"),
        ({"tbox_group": 7}, "tbox_group"),
        ({"os": "a;b"}, "os"),
        ({"os_arch": None, "arch": "a b"}, "os_arch"),
        ({"os_version": ["a"]}, "os_version"),
        ({"os": "a" * 200, "os_version": "b" * 200}, "os_dir"),
        ({"lkp_initrd_user": "a b"}, "lkp_initrd_user"),
        ({"os_mount": "ext4"}, "os_mount"),
        ({"os_mount": ["nfs"]}, "os_mount"),
        ({"kernel_append_root": "/dev/vda init=/bin/sh"}, "kernel_append_root"),
        ({"kernel_append_root": False}, "kernel_append_root"),
    ],
)
def test_what_cannot_be_completed(fields: dict[str, Any], named: str) -> None:
    """The refusal names the field."""
    with pytest.raises(Invalid, match=named):
        ready(**fields)
