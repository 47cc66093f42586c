"""Boot scripts, to the letter."""

import re
from typing import Any

import pytest

from paddles.boot import scripts
from paddles.errors import Invalid
from tests.boot.samples import HOSTS, ready

IPXE = """#!ipxe
initrd http://os.example:8000/os/debian/x86_64/sid/initrd.lkp
initrd http://initrd.example:8800/initrd/lkp/latest/lkp-x86_64.cgz
initrd http://sched.example:3000/job_initrd_tmpfs/7/job.cgz
kernel http://os.example:8000/os/debian/x86_64/sid/vmlinuz user=lkp job=/lkp/scheduled/job.yaml \
RESULT_ROOT=/result/job root=os.example:/os/debian/x86_64/sid rootovl ip=dhcp ro \
initrd=initrd.lkp initrd=lkp-x86_64.cgz initrd=job.cgz
boot
"""
ROOT = "root=os.example:/os/debian/x86_64/sid"
WORDS = f"user=lkp job=/lkp/scheduled/job.yaml RESULT_ROOT=/result/job rootovl ip=dhcp ro {ROOT}"
GRUB = f"""#!grub
linux (http,os.example:8000)/os/debian/x86_64/sid/vmlinuz {WORDS}
initrd (http,os.example:8000)/os/debian/x86_64/sid/initrd.lkp \
(http,initrd.example:8800)/initrd/lkp/latest/lkp-x86_64.cgz \
(http,sched.example:3000)/job_initrd_tmpfs/7/job.cgz
boot
"""


def test_ipxe() -> None:
    """Three initrds, a kernel that names them, boot."""
    assert IPXE == scripts.ipxe(ready(), HOSTS)


def test_grub() -> None:
    """The same files and words as GRUB has them."""
    assert GRUB == scripts.grub(ready(), HOSTS)


def test_no_job() -> None:
    """A machine without work says so and reboots; every line is a command."""
    assert "#!ipxe\necho ...\necho No job now\necho ...\nreboot\n" == scripts.NO_JOB_IPXE
    assert "#!grub\necho ...\necho No job now\necho ...\nreboot\n" == scripts.NO_JOB_GRUB


def test_further_parameters_stand_before_the_initrds() -> None:
    """Between ``ro`` and ``initrd=`` for iPXE, last for GRUB."""
    found = ready(kernel_custom_params=["console=ttyS0,115200", "console=tty0"], boot_params={"bp_x": 1})

    assert IPXE.replace(" ro ", " ro x=1 console=ttyS0,115200 console=tty0 ") == scripts.ipxe(found, HOSTS)
    assert GRUB.replace("sid\ninitrd", "sid x=1 console=ttyS0,115200 console=tty0\ninitrd") == scripts.grub(
        found, HOSTS
    )


def test_a_job_without_a_root() -> None:
    """Where the mount needs no ``root=``, there is none and no blank for it."""
    assert IPXE.replace(f"{ROOT} ", "") == scripts.ipxe(ready(os_mount="local"), HOSTS)
    assert GRUB.replace(f" {ROOT}", "") == scripts.grub(ready(os_mount="local"), HOSTS)


def test_container() -> None:
    """Image, programs and archive; the image under both names that clients read."""
    assert {
        "docker_images": "centos:7",
        "lkp": "http://initrd.example:8800/initrd/lkp/latest/lkp-x86_64.cgz",
        "job": "http://sched.example:3000/job_initrd_tmpfs/7/job.cgz",
        "docker_image": "centos:7",
    } == scripts.container(ready(testbox="dc-1g-1"), HOSTS)


def test_a_container_of_an_own_image() -> None:
    """The image is the job's."""
    found = scripts.container(ready(docker_image="reg.example/debian:12"), HOSTS)

    assert ("reg.example/debian:12",) * 2 == (found["docker_images"], found["docker_image"])


def test_the_next_job_without_a_reboot() -> None:
    """Its client finds the words it looks for."""
    lines = scripts.gpxelinux(ready(), HOSTS).splitlines()

    assert 1 == sum(bool(re.match("KERNEL ", line, re.IGNORECASE)) for line in lines)
    assert 1 == sum(bool(re.match("initrd http://.*/7/job.cgz$", line)) for line in lines)


def test_parts() -> None:
    """What starts virtual machines itself gets the same kernel, initrds and words as JSON."""
    initrds = [line.split()[1] for line in IPXE.splitlines() if line.startswith("initrd ")]

    assert {
        "job_id": "7",
        "kernel_uri": "http://os.example:8000/os/debian/x86_64/sid/vmlinuz",
        "initrds_uri": initrds,
        "kernel_params": WORDS,
        "vt": {"cpus": 2},
    } == scripts.parts(ready(vt={"cpus": 2}), HOSTS)
    assert {} == scripts.parts(ready(), HOSTS)["vt"]
    assert {"job_id": "7", "initrds": initrds} == scripts.native(ready(), HOSTS)


@pytest.mark.parametrize(
    "value", ["a;reboot", "a b", "${mac}", "a\nreboot", "a&&b", "../x", "", None, ["a"], {"a": 1}, "a\x00"]
)
@pytest.mark.parametrize("name", ["os_dir", "lkp_initrd_user", "os_arch", "id"])
def test_a_stored_value_is_checked_again(name: str, value: Any) -> None:
    """Whatever came into a stored job, no script is made of what may not stand in one."""
    stored = {**ready(), name: value}

    for render in (scripts.ipxe, scripts.grub, scripts.gpxelinux, scripts.parts, scripts.native):
        with pytest.raises(Invalid, match=name):
            render(stored, HOSTS)


@pytest.mark.parametrize(
    "fields",
    [{"kernel_append_root": "/dev/vda init=/bin/sh"}, {"kernel_custom_params": "a b"}, {"boot_params": {"a": "$(b)"}}],
)
def test_stored_parameters_are_checked_again(fields: dict[str, Any]) -> None:
    """The same for root and further parameters."""
    for render in (scripts.ipxe, scripts.grub, scripts.parts):
        with pytest.raises(Invalid, match=next(iter(fields))):
            render({**ready(), **fields}, HOSTS)


@pytest.mark.parametrize("image", ["centos:7 --privileged", "$(x)", ["centos:7"], "-v/:/host"])
def test_a_stored_image_is_checked_again(image: Any) -> None:
    """An image is one word of a command line."""
    with pytest.raises(Invalid, match="docker_image"):
        scripts.container({**ready(), "docker_image": image}, HOSTS)


def test_no_script_has_more_than_its_lines() -> None:
    """Values that pass the rule bring neither lines nor separators, whatever they are made of."""
    mark = "A.z_0+@=:,/-9"
    names = ("os", "os_arch", "os_version", "lkp_initrd_user", "kernel_append_root", "kernel_custom_params")
    found = ready(**dict.fromkeys(names, mark))

    for script, lines in ((scripts.ipxe(found, HOSTS), IPXE), (scripts.grub(found, HOSTS), GRUB)):
        assert len(lines.splitlines()) == len(script.splitlines())
        assert not set(";&|$`'\"\\<>*?!~^{}[]") & set(script[len("#!ipxe") :])
