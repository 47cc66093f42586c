"""What is promised when something is killed with SIGKILL: a run's process, a machine, the service."""

import os
import random
import signal
import threading

import definitions
from expect import same, true, until
from lab import LONG_S, RUN_S, SOON_S, Lab
from server import LEASE_S, alive

KILL_EVERY_S = 0.3


def process(lab: Lab) -> None:
    """the process of a run is killed: its container is ended, and the run goes to whoever asks next"""
    lab.hold()
    build = lab.build("kill")
    build.printing("held", b"\nbegun\n", RUN_S)
    machine = lab.machine_of(build, "held")
    inside = int(machine.containers()[0].read_text())
    for pid in machine.processes():
        os.kill(pid, signal.SIGKILL)
    until(lambda: not alive(inside), "the container ends", SOON_S)
    lab.release()
    same("PASSED", build.ended(RUN_S), "status of the build")
    same({"held": 2}, dict(lab.executed(build)), "containers of the run")


def machine(lab: Lab) -> None:
    """a machine is killed and does not come back: another one does its run when its lease has ended"""
    lab.hold()
    build = lab.build("kill")
    build.printing("held", b"\nbegun\n", RUN_S)
    lost = lab.machine_of(build, "held")
    lab.lose(lost)
    lab.release()
    same("PASSED", build.ended(LEASE_S + LONG_S), "status of the build")
    true(build.run("held")["worker_name"] != lost.name, "another machine did it")
    lab.add("m3")


def service(lab: Lab) -> str:
    """processes of the service are killed while logs stream: every line is there once and in order"""
    build = lab.build("talk")
    runs = list(build.statuses())
    over = threading.Event()
    kills: list[int] = []

    def kill() -> None:
        dice = random.Random(0)
        while not over.wait(KILL_EVERY_S):
            workers = sorted(lab.server.workers())
            if workers:
                kills.append(dice.choice(workers))
                os.kill(kills[-1], signal.SIGKILL)

    thread = threading.Thread(target=kill)
    for run in runs:
        build.printing(run, b"\nline 0 ", RUN_S)
    thread.start()
    try:
        until(lambda: set(build.statuses().values()) <= {"PASSED", "FAILED"}, "end of the runs", LONG_S)
    finally:
        over.set()
        thread.join()
    same(dict.fromkeys(runs, "PASSED"), build.statuses(), "statuses of the runs")
    lines = [f"line {number} of a log that is sent while the service is killed" for number in range(definitions.LINES)]
    for run in runs:
        true(lines == build.said(run), f"the log of {run} has every line once and in order")
    same(dict.fromkeys(runs, 1), dict(lab.executed(build)), "containers of each run")
    true(len(kills) > 3, "processes were killed")
    return f"{len(kills)} processes killed"
