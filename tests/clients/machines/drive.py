"""Boots machines and containers from the scheduler: real firmware, a real kernel, real containers.

    ./run --kernel DIRECTORY

What is real: iPXE and GRUB fetch their scripts over HTTP and boot what stands there; Linux unpacks the three initrds,
the service's job.cgz among them; a shell runs job.sh and busybox's wget reports; bubblewrap runs the containers. What
stands in: QEMU without acceleration for machines, ``shelf.py`` for the servers of kernels and initrds, and ``guest/``,
the few scripts that a lab's system and lkp-tests would bring.

* ``firmware.py`` switches machines on and off.
* ``provider`` takes a job and runs it in a container.
* ``crowd.py`` has sixteen machines ask for 400 jobs while processes of the service are killed.

Machines under QEMU reach this one as 10.0.2.2, containers as 127.0.0.1, so the service is started once for each.
"""

import hashlib
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable

import crowd
import firmware
import shelf
from expect import BrokenError, same, true, until
from service import Service, free_port

HERE = pathlib.Path(__file__).resolve().parent
RUN = "machines"
# Everything that a shell, a boot script or YAML could take for its own.
NOTE = 'it\'s $(reboot -f) `date` "quoted" ${HOME} \\'
FIRST_S, AGAIN_S = 150, 120


class Lab:
    """The service, the shelf, and where things are written."""

    def __init__(self, scratch: pathlib.Path, kernel: pathlib.Path) -> None:
        self.scratch = scratch
        shelf.fill(scratch / "shelf", kernel, scratch)
        shelf.container_root(scratch / "container" / "root")
        self.shelf = shelf.Shelf(scratch / "shelf")
        self.shelf.start()
        self.service = Service(scratch / "service", free_port())
        self.kernel = max(kernel.glob("boot/vmlinuz-*")).name.removeprefix("vmlinuz-")

    def submit(self, machine: str, server: str, **fields: object) -> str:
        """Submit a job for a machine that reaches this one as ``server``, and return its number."""
        where = {"os": "debian", "os_arch": "x86_64", "os_version": "bookworm", "os_mount": "initramfs"}
        home = {"LKP_SERVER": server, "LKP_CGI_PORT": self.service.port}
        job = {"suite": "probe", "testbox": machine, "submit_id": RUN, **where, **home, "note": NOTE, **fields}
        return self.service.submit(job)

    def register(self, name: str, mac: str) -> None:
        """Have a machine be known by its address."""
        same("Done\n", self.service.say("PUT", f"/set_host_mac?hostname={name}&mac={mac}"), "answer")

    def ended(self, number: str, within_s: float) -> dict:
        """Wait for the end of a job, and return it as the scheduler shows it."""
        path = f"/scheduler/v1/jobs/{number}"
        until(lambda: self.service.get(path).get("job_stage") == "finish", f"end of job {number}", within_s)
        return self.service.get(path)

    def passed(self, number: str, machine: str, within_s: float, **seen: object) -> None:
        """Wait for the end of a job: it passed, its program saw what it should, and the archive knows all of it."""
        job = self.ended(number, within_s)
        same(("finished", "success"), (job["job_state"], job["job_health"]), f"state and health of {job}")
        same(machine, job["testbox"], "machine")
        digest = hashlib.md5(NOTE.encode()).hexdigest()
        expected = {"probe_testbox": machine, "probe_note": digest, "probe_depth": "3", **seen}
        same(expected, {name: job.get(name) for name in expected}, "what the job's program saw")
        true(int(job["start_time"]) <= int(job["end_time"]), "the job's times are in order")
        true(job["loadavg"].count(" ") == 4, f"load of the machine: {job['loadavg']!r}")
        stored = self.service.get(f"/runs/{RUN}/jobs/{number}/")
        same(("pass", "probe"), (stored["status"], stored["suite"]), "status and suite in the archive")
        true(stored["posted"] < stored["started"] < stored["updated"], f"times in the archive: {stored}")
        listed = [each["job_id"] for each in self.service.get(f"/nodes/{machine}/jobs/")]
        true(number in listed, f"job {number} is among the jobs of {machine}: {listed}")


def ipxe(lab: Lab) -> None:
    """iPXE boots a waiting job: kernel, three initrds, job.sh, reports; without one it asks again until there is one"""
    mac, name = "52:54:00:12:34:56", "vm-1p1g-1"
    lab.register(name, mac)
    first = lab.submit("vm-1p1g", firmware.GATEWAY, probe={"depth": 3}, kernel_custom_params="console=ttyS0")
    with firmware.ipxe(lab.scratch, mac, lab.service.port) as machine:
        lab.passed(first, name, FIRST_S, probe_kernel=lab.kernel)
        system, client = f"/{shelf.SYSTEM}", f"/{shelf.CLIENT}"
        same([f"{system}/initrd.lkp", client, f"{system}/vmlinuz"], lab.shelf.asked, "files that the firmware loaded")
        machine.says("No job now", AGAIN_S)
        second = lab.submit(name, firmware.GATEWAY, probe={"depth": 3})
        lab.passed(second, name, AGAIN_S, probe_kernel=lab.kernel)


def grub(lab: Lab) -> None:
    """GRUB reboots when there is no job, and boots the one that has come"""
    mac, name = "52:54:00:12:34:57", "hw-probe-1"
    lab.register(name, mac)
    firmware.make_grub(lab.scratch, lab.service.port)
    with firmware.grub(lab.scratch, mac) as machine:
        machine.ends(FIRST_S)
        true("No job now" in machine.text(), f"no job: {machine.text()}")
    job = lab.submit("hw-probe", firmware.GATEWAY, job2sh=by_hand())
    with firmware.grub(lab.scratch, mac) as machine:
        lab.passed(job, name, FIRST_S, probe_kernel=lab.kernel)
        machine.ends(AGAIN_S)


def by_hand() -> dict:
    """The shell of a job as a client makes it."""
    lines = ["run_job()", "{", "\t. $LKP_SRC/lib/job.sh", None, "\texport_top_env", None]
    return {"run_job": [*lines, "\trun_test depth=3 $LKP_SRC/bin/run-test probe", "}", None]}


def container(lab: Lab) -> None:
    """a provider of containers finds nothing, then takes a job, runs its job.sh in one and reports"""
    name = "dc-1g-1"
    command = [HERE / "provider", lab.service.url, name, lab.scratch / "container"]
    same(3, subprocess.run(command, check=False, timeout=60).returncode, "exit code without a job")
    number = lab.submit(name, "127.0.0.1", probe={"depth": 3})
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    same(0, done.returncode, f"exit code of the provider: {done.stdout}{done.stderr}")
    lab.passed(number, name, 0, probe_host=name)
    failing = lab.submit(name, "127.0.0.1", job2sh={"run_job": ["run_job()", "{", "\tfalse", "}"]})
    same(0, subprocess.run(command, check=False, capture_output=True, timeout=60).returncode, "exit code")
    same("fail", lab.service.get(f"/runs/{RUN}/jobs/{failing}/")["status"], "status of a job whose program fails")


def many(lab: Lab) -> str:
    """16 machines of three kinds do 400 jobs while workers are killed: each goes to one machine, all are finished"""
    found = crowd.Crowd(lab.service)
    crowd.check(found, found.run())
    unheard = crowd.JOBS - len(found.given)
    return f"{found.kills} workers killed, {found.broken} answers broke off, {unheard} of them held a job"


def recount(lab: Lab) -> None:
    """pecan recount finds nothing to repair"""
    lab.service.pecan("recount", "--check")


# By how the machines reach this one.
STORY = ((firmware.GATEWAY, (ipxe, grub)), ("127.0.0.1", (container, many, recount)))


def keep(promise: Callable[[Lab], str | None], lab: Lab) -> None:
    """Check a promise and say so."""
    at = time.monotonic()
    text = " ".join(promise.__doc__.split())
    try:
        figures = promise(lab)
    except BrokenError as broken:
        raise BrokenError(f"BROKEN  {text}\n{promise.__name__}: {broken}") from broken
    sys.stdout.write(f"ok {time.monotonic() - at:5.1f} s  {text}{f' ({figures})' if figures else ''}\n")
    sys.stdout.flush()


def last_words(scratch: pathlib.Path) -> str:
    """The ends of what the machines and the service said."""
    paths = [*scratch.glob("*.serial"), *scratch.glob("*.qemu"), scratch / "service" / "log"]
    return "".join(f"-- {path.name}\n{path.read_text(errors='replace')[-2000:]}\n" for path in paths)


def tell(lab: Lab) -> None:
    """Check all promises in their order. Raises BrokenError at the first that is broken."""
    for host, promises in STORY:
        with lab.service.up(host, lab.shelf.port):
            for promise in promises:
                keep(promise, lab)


def drive(scratch: pathlib.Path, kernel: pathlib.Path) -> int:
    """Tell the story; print what was said last when a promise is broken."""
    begun = time.monotonic()
    scratch.chmod(0o711)
    try:
        tell(Lab(scratch, kernel))
    except BrokenError as broken:
        sys.stdout.write(f"{broken}\n{last_words(scratch)}")
        return 1
    kept = sum(len(promises) for _, promises in STORY)
    sys.stdout.write(f"{kept} promises kept in {time.monotonic() - begun:.0f} s\n")
    return 0
