"""Machines with real firmware, under QEMU without any acceleration: iPXE, and GRUB loaded by it.

A machine reaches 127.0.0.1 of this one as 10.0.2.2, through QEMU's own network, which needs no rights.
"""

import contextlib
import pathlib
import subprocess
from collections.abc import Iterator

from expect import same, until

GATEWAY = "10.0.2.2"
MACHINE = (
    "qemu-system-x86_64 -machine q35,accel=tcg,graphics=off -cpu max -smp 1 -m 512 -display none -monitor none -boot n"
).split()
GRUB_CFG = """serial --unit=0 --speed=115200
terminal_output serial
insmod http
configfile (http,{gateway}:{port})/boot.grub/mac/$net_default_mac
"""


class Machine:
    """A machine that is on, and what it says on its serial line."""

    def __init__(self, process: subprocess.Popen[bytes], serial: pathlib.Path) -> None:
        self.process = process
        self.serial = serial

    def text(self) -> str:
        """All that it has said so far."""
        return self.serial.read_text(errors="replace") if self.serial.exists() else ""

    def says(self, what: str, within_s: float) -> None:
        """Wait until the machine has said something."""
        until(lambda: what in self.text(), f"{what!r} on {self.serial.name}", within_s)

    def ends(self, within_s: float) -> None:
        """Wait until the machine reboots, which switches off one that has ``-no-reboot``."""
        until(lambda: self.process.poll() is not None, f"the reboot of {self.serial.name}", within_s)
        same(0, self.process.returncode, "exit code of QEMU")


@contextlib.contextmanager
def ipxe(scratch: pathlib.Path, mac: str, port: int) -> Iterator[Machine]:
    """Switch on a machine that iPXE boots from the service at ``port`` again and again, and off in the end."""
    url = f"http://{GATEWAY}:{port}/boot.ipxe/mac/{mac.replace(':', '-')}"
    with switched_on(scratch / "ipxe.serial", ["-nic", f"user,model=virtio-net-pci,mac={mac},bootfile={url}"]) as found:
        yield found


def make_grub(scratch: pathlib.Path, port: int) -> None:
    """Make what a machine loads over TFTP so that GRUB asks the service at ``port``."""
    files = scratch / "tftp"
    command = ["grub-mknetdir", f"--net-directory={files}", "--subdir=/boot/grub", "-d", "/usr/lib/grub/i386-pc"]
    subprocess.run(command, check=True, capture_output=True)
    (files / "boot" / "grub" / "grub.cfg").write_text(GRUB_CFG.format(gateway=GATEWAY, port=port))


@contextlib.contextmanager
def grub(scratch: pathlib.Path, mac: str) -> Iterator[Machine]:
    """Switch on a machine that GRUB boots once; its reboot switches it off.

    GRUB uses the same ports after each reboot, and QEMU's network would take them for the connections of before.
    """
    network = ["-netdev", f"user,id=n0,tftp={scratch / 'tftp'},bootfile=/boot/grub/i386-pc/core.0", "-no-reboot"]
    with switched_on(scratch / "grub.serial", [*network, "-device", f"virtio-net-pci,netdev=n0,mac={mac}"]) as found:
        yield found


@contextlib.contextmanager
def switched_on(serial: pathlib.Path, network: list[str]) -> Iterator[Machine]:
    """A machine that boots from its network."""
    serial.unlink(missing_ok=True)
    command = [*MACHINE, "-serial", f"file:{serial}", *network]
    with serial.with_suffix(".qemu").open("w") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=output)
    try:
        yield Machine(process, serial)
    finally:
        process.terminate()
        process.wait(30)
