"""Builds of a project on two machines: workers, runner and simulator that the service gives, and real containers.

    ./run

What stands in: ``docker``, a script that runs bubblewrap over this machine's system. Processes of the service and of
the machines are killed with SIGKILL; whatever is said of runs, logs, artifacts and tests afterwards has to be whole.
"""

import pathlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import definitions
import killing
import polling
import simulating
from expect import BrokenError, same, true, until
from lab import LONG_S, RUN_S, SOON_S, Lab

MATRIX = [f"unit-{chip}-{mode}" for chip in ("arm", "x86") for mode in "abc"]


def matrix(lab: Lab) -> None:
    """a matrix of 2 x 3 runs out of a repository, a run after each of them, and one after all of them, each run once"""
    build = lab.build("matrix")
    same("PASSED", build.ended(LONG_S), "status of the build")
    after = [f"after-{name.removeprefix('unit-')}" for name in MATRIX]
    same(dict.fromkeys([*MATRIX, *after, "at-the-end"], "PASSED"), build.statuses(), "statuses of the runs")
    same(dict.fromkeys([*MATRIX, *after, "at-the-end"], 1), dict(lab.executed(build)), "containers of each run")
    same({"m1", "m2"}, {build.run(name)["worker_name"] for name in MATRIX}, "machines of the matrix")
    for name in MATRIX:
        _, chip, mode = name.split("-")
        expected = [f"unit {chip} {mode} on {build.run(name)['worker_name']}, build {build.number}"]
        same([*expected, "beside the script"], build.said(name), f"what {name} printed")
        same({f"{chip} suite": "PASSED"}, build.tests(name), f"tests of {name}")
        same(f"{chip}-{mode}\n".encode(), build.load(name, "result.txt"), f"artifact of {name}")
        same(bytes(200_000), build.load(name, "deep/er/zeros.bin"), f"large artifact of {name}")
    same([f"after {lab.server.url}{build.path}runs/unit-arm-a/ with arm"], build.said("after-arm-a"), "a later run")


def grep(lab: Lab) -> None:
    """what a log says of tests is found in it, and a failure there fails the run that ended well"""
    build = lab.build("grep")
    same("FAILED", build.ended(RUN_S), "status of the build")
    same({"network": "PASSED", "disk": "FAILED"}, build.tests("greps"), "tests")


def by_hand(lab: Lab) -> None:
    """the lines at the top of a log, taken as they stand, execute the run again, without its secrets"""
    build = lab.build("tell", secrets={"word": definitions.SECRET}, params={"A": "$(echo expanded) `x` 'y'"})
    same("PASSED", build.ended(RUN_S), "status of the build")
    log = build.load("tells").decode()
    top = log[log.index("Steps to recreate inside simulator") :].splitlines()
    lines = [line.strip() for line in top if line.startswith("    ")][:3]
    same(["curl", "#", "sh"], [line.split()[0] for line in lines], "the lines")
    home = lab.scratch / "by-hand"
    home.mkdir()
    places = {"HOME": str(home), "SIMDIR": str(home / "sim"), "DOCKER_SHIM": str(home / "engine")}
    # The comment between the lines says that the values of secrets have to be put in.
    script = "\n".join([lines[0], "sed -i 's/TODO/by-hand/' simulate.sh", lines[2]])
    command, environment = ["bash", "-e", "-c", script], lab.machines[0].environment() | places
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, timeout=60, check=False)
    same(0, done.returncode, f"exit code: {done.stdout}{done.stderr}")
    true("\nby-hand\n" in done.stdout, f"the secret that was put in: {done.stdout}")
    true("\nvariables: $(echo expanded) `x` 'y'\n" in done.stdout, f"variables as they were: {done.stdout}")
    true(definitions.SECRET not in (home / "simulate.sh").read_text(), "the secret is not in the script")


def cancel(lab: Lab) -> None:
    """a build is cancelled: its containers are gone at once, and its machines free"""
    lab.hold()
    build = lab.build("cancel")
    for run in ("for-ever", "held"):
        build.printing(run, b"\nbegun\n", RUN_S)
    lab.server.ask("POST", f"{build.path}cancel", status=202)
    same("FAILED", build.ended(SOON_S), "status of the build")
    same({"for-ever": "FAILED", "held": "FAILED"}, build.statuses(), "statuses of the runs")
    for machine in lab.machines:
        until(lambda at=machine: not any(at.containers()), "containers end", SOON_S)
        until(lambda at=machine: not any((at.home / "runs").glob("*")), "folders of runs are gone", SOON_S)


def timeout(lab: Lab) -> None:
    """a run that does not end is killed after its minute, and fails with its log"""
    build = lab.server.build("story", {**lab.definition, "timeout": 1}, "timeout")
    same("FAILED", build.ended(60 + RUN_S), "status of the build")
    log = build.load("too-long")
    true(b"\nstill here\n" in log, "the log has what was printed")
    true(b"did not end within its 1 minutes" in log, f"the log says why: {log[-500:]!r}")


FIRST: tuple[Callable[[Lab], str | None], ...] = (matrix, grep, by_hand, simulating.twins)
# What looks at everything that a machine does, or kills it.
LAST: tuple[Callable[[Lab], str | None], ...] = (cancel, killing.process, killing.service, killing.machine)
MANY = len(FIRST) + len(polling.STORY) + len(LAST) + 1


def keep(promise: Callable[[Any], str | None], about: Any) -> None:
    """Check a promise and say so."""
    at = time.monotonic()
    text = " ".join((promise.__doc__ or "").split())
    try:
        figures = promise(about)
    except BrokenError as broken:
        raise BrokenError(f"BROKEN  {text}\n{promise.__name__}: {broken}") from broken
    sys.stdout.write(f"ok {time.monotonic() - at:5.1f} s  {text}{f' ({figures})' if figures else ''}\n")
    sys.stdout.flush()


def keep_all(promises: Iterable[Callable[[Any], str | None]], about: Any) -> None:
    """Check promises in their order."""
    for promise in promises:
        keep(promise, about)


def tell(lab: Lab) -> None:
    """Check all promises. Raises BrokenError at the first that is broken."""
    with lab.server.up("127.0.0.1", 8000):
        try:
            lab.begin()
            # A minute is waited for while others go on.
            with ThreadPoolExecutor(1) as beside, polling.watching(lab) as watched:
                slow = beside.submit(keep, timeout, lab)
                keep_all(FIRST, lab)
                keep_all(polling.STORY, watched)
                slow.result()
            keep_all(LAST, lab)
        finally:
            for machine in lab.machines:
                machine.end()


def drive(scratch: pathlib.Path) -> int:
    """Tell the story; print what was said last when a promise is broken."""
    begun = time.monotonic()
    scratch.chmod(0o711)
    lab = Lab(scratch)
    try:
        tell(lab)
    except BrokenError as broken:
        words = "".join(f"-- {machine.name}\n{machine.log()}\n" for machine in lab.machines)
        log = scratch / "service" / "log"
        service = log.read_text(errors="replace")[-3000:] if log.exists() else ""
        sys.stdout.write(f"{broken}\n{words}-- service\n{service}\n")
        return 1
    sys.stdout.write(f"{MANY} promises kept in {time.monotonic() - begun:.0f} s\n")
    return 0
