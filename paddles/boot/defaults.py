"""What the service adds to a job: its number, its group, and what it boots when it does not say."""

import re
from collections.abc import Mapping
from typing import Any

from paddles.boot.hosts import Hosts
from paddles.boot.values import checked, machine_name, suite_name
from paddles.errors import Invalid

DOCKER_IMAGE = "centos:7"
INITRD_USER = "latest"
OS, ARCH, OS_VERSION = "debian", "aarch64", "sid"
MOUNT = "nfs"
RESULTS = "/result"
CIFS_OPTIONS = "guest,ro,hard,vers=1.0,noacl,nouser_xattr"

# How the root file system comes, and root= of the kernel for it; a container and a local disk need none.
ROOTS = {
    "nfs": "{host}:/os/{os_dir}",
    "cifs": f"cifs://{{host}}/os/{{os_dir}},{CIFS_OPTIONS}",
    "initramfs": "/dev/ram0",
    "container": "",
    "local": "",
}
NUMBERED = re.compile(r"(.+)-[0-9]+")


def completed(document: Mapping[str, Any], job_id: int, hosts: Hosts) -> dict[str, Any]:
    """Return a job with what the service derives, in the order stored and then in the order derived.

    ``id`` and ``os_dir`` are always the service's; ``os_mount`` is ``container`` on ``dc-`` machines. Everything else
    that is given and not empty stays. ``kernel_append_root`` is added where the mount needs one. Completing a
    completed job changes nothing.

    Raises:
        Invalid: a field may not be what it is; the message names it.
    """
    job = dict(document)
    suite = suite_name(job.get("suite"))
    job["id"] = str(job_id)
    job["tbox_group"] = _group(job)
    job["os"] = given(job, "os", OS)
    job["os_arch"] = given(job, "os_arch", given(job, "arch", ARCH))
    job["os_version"] = given(job, "os_version", OS_VERSION)
    job["lkp_initrd_user"] = given(job, "lkp_initrd_user", INITRD_USER)
    checked("lkp_initrd_user", job["lkp_initrd_user"])
    job["os_mount"] = _mount(job)
    parts = [checked(name, job[name]) for name in ("os", "os_arch", "os_version")]
    job["os_dir"] = checked("os_dir", "/".join(parts))
    root = given(job, "kernel_append_root", ROOTS[job["os_mount"]].format(host=hosts.os_name, os_dir=job["os_dir"]))
    if root != "":
        job["kernel_append_root"] = checked("kernel_append_root", root)
    job["result_root"] = given(job, "result_root", result_root(suite, job_id))
    return job


def result_root(suite: str, job_id: int) -> str:
    """Return where the results of a job go."""
    return f"{RESULTS}/{suite}/{job_id}"


def group_of(testbox: str) -> str:
    """Return the group of a machine, which is the queue it asks: its name without one ``-<number>`` at the end."""
    numbered = NUMBERED.fullmatch(testbox)
    return numbered[1] if numbered else testbox


def kind_of(testbox: str) -> str:
    """Return what a machine is by its name: ``vm``, ``dc`` (a container) or ``hw``."""
    kind = testbox.partition("-")[0]
    return kind if kind in ("vm", "dc") and "-" in testbox else "hw"


def given(job: Mapping[str, Any], name: str, default: Any) -> Any:
    """Return a field of a job, or ``default`` when the job has it not, null or empty."""
    value = job.get(name)
    return default if value is None or value == "" else value


def _group(job: Mapping[str, Any]) -> str:
    testbox = given(job, "testbox", "")
    if testbox != "":
        machine_name("testbox", testbox)
    group = given(job, "tbox_group", "")
    if group != "":
        return machine_name("tbox_group", group)
    if testbox == "":
        raise Invalid("could not find required key: 'testbox' or 'tbox_group'")
    return group_of(testbox)


def _mount(job: Mapping[str, Any]) -> str:
    if "dc" in (kind_of(given(job, "testbox", "")), kind_of(job["tbox_group"])):
        return "container"
    mount = given(job, "os_mount", MOUNT)
    if not isinstance(mount, str) or mount not in ROOTS:
        raise Invalid(f"os_mount must be one of: {', '.join(ROOTS)}")
    return mount
