"""The answers to a booting machine: iPXE, GRUB, container and virtual machine forms of the same facts.

Source: compass-ci's scheduler API; iPXE and GRUB command syntax. Each script ends with a line feed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from paddles.boot.defaults import DOCKER_IMAGE, given
from paddles.boot.hosts import Hosts
from paddles.boot.values import checked, parameters
from paddles.errors import Invalid

# iPXE gives up at a word that is no command, and at any status but 200: a machine without work must get this to reboot.
NO_JOB_IPXE = "#!ipxe\necho ...\necho No job now\necho ...\nreboot\n"
NO_JOB_GRUB = NO_JOB_IPXE.replace("#!ipxe", "#!grub")

IDENTITY = ("user=lkp", "job=/lkp/scheduled/job.yaml", "RESULT_ROOT=/result/job")
ROOT_MODE = ("rootovl", "ip=dhcp", "ro")


class File(NamedTuple):
    """A file on a server: ``host:port`` and the path there."""

    server: str
    path: str

    @property
    def url(self) -> str:
        """The file's address."""
        return f"http://{self.server}{self.path}"

    @property
    def grub(self) -> str:
        """The file as GRUB names it."""
        return f"(http,{self.server}){self.path}"

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Boot:
    """What a machine loads for a job: a kernel, initrds in their order, ``root=`` or nothing, further parameters."""

    kernel: File
    initrds: tuple[File, File, File]
    root: tuple[str, ...]
    further: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The kernel's command line but for what names initrds."""
        return (*IDENTITY, *ROOT_MODE, *self.root, *self.further)


def boot(document: Mapping[str, Any], hosts: Hosts) -> Boot:
    """Return what a machine loads for a completed job. Raises Invalid when a value may not enter a script."""
    folder = f"/os/{checked('os_dir', document['os_dir'])}"
    root = given(document, "kernel_append_root", "")
    system = File(hosts.os_http, f"{folder}/initrd.lkp")
    return Boot(
        kernel=File(hosts.os_http, f"{folder}/vmlinuz"),
        initrds=(system, _programs(document, hosts), _archive(document, hosts)),
        root=(f"root={checked('kernel_append_root', root)}",) if root != "" else (),
        further=parameters(document),
    )


def ipxe(document: Mapping[str, Any], hosts: Hosts) -> str:
    """Return the iPXE script of a completed job. Raises Invalid when a value may not enter a script."""
    found = boot(document, hosts)
    names = tuple(f"initrd={each.name}" for each in found.initrds)
    words = (found.kernel.url, *IDENTITY, *found.root, *ROOT_MODE, *found.further, *names)
    initrds = "".join(f"initrd {each.url}\n" for each in found.initrds)
    return f"#!ipxe\n{initrds}kernel {' '.join(words)}\nboot\n"


def grub(document: Mapping[str, Any], hosts: Hosts) -> str:
    """Return the GRUB script of a completed job. Raises Invalid when a value may not enter a script."""
    found = boot(document, hosts)
    initrds = " ".join(each.grub for each in found.initrds)
    return f"#!grub\nlinux {' '.join((found.kernel.grub, *found.words))}\ninitrd {initrds}\nboot\n"


def gpxelinux(document: Mapping[str, Any], hosts: Hosts) -> str:
    """Return the next job of a machine that does not reboot in between: the text of ``ipxe``.

    Its client looks for a line that begins with ``KERNEL`` in any case, and for the ``initrd`` that is a job.cgz.
    """
    return ipxe(document, hosts)


def container(document: Mapping[str, Any], hosts: Hosts) -> dict[str, str]:
    """Return image, client programs and archive of a completed job; the image under both names that clients read.

    Raises:
        Invalid: a value may not enter a script.
    """
    image = checked("docker_image", given(document, "docker_image", DOCKER_IMAGE))
    lkp, job = _programs(document, hosts).url, _archive(document, hosts).url
    return {"docker_images": image, "lkp": lkp, "job": job, "docker_image": image}


def native(document: Mapping[str, Any], hosts: Hosts) -> dict[str, Any]:
    """Return number and initrds of a completed job, for machines that run already. Raises Invalid."""
    found = boot(document, hosts)
    return {"job_id": document["id"], "initrds": [each.url for each in found.initrds]}


def parts(document: Mapping[str, Any], hosts: Hosts) -> dict[str, Any]:
    """Return kernel, initrds and command line of a completed job one by one, for whoever starts virtual machines.

    ``vt`` is the job's own, an empty object when it has none. Raises Invalid as the scripts do.
    """
    found = boot(document, hosts)
    return {
        "job_id": document["id"],
        "kernel_uri": found.kernel.url,
        "initrds_uri": [each.url for each in found.initrds],
        "kernel_params": " ".join(found.words),
        "vt": document.get("vt") or {},
    }


def _programs(document: Mapping[str, Any], hosts: Hosts) -> File:
    user = checked("lkp_initrd_user", document["lkp_initrd_user"])
    return File(hosts.initrd_http, f"/initrd/lkp/{user}/lkp-{checked('os_arch', document['os_arch'])}.cgz")


def _archive(document: Mapping[str, Any], hosts: Hosts) -> File:
    job_id = str(document["id"])
    if not (job_id.isascii() and job_id.isdigit()):
        raise Invalid("id must be a number")
    return File(hosts.sched, f"/job_initrd_tmpfs/{job_id}/job.cgz")
