"""Jobs of compass-ci: submitted, handed to machines that boot for them, and reported on."""

from typing import Any

from paddles.demo.runs import TAGS
from paddles.demo.wire import Wire

# Machines that boot, and a group that no machine is of.
BOOTING, WAITING = "vm-2p8g", "vm-4p16g"
JOBS = (
    ("pass", {"sleep": {"secs": 3}, "suite": "nap"}),
    ("pass", {"iperf": {"protocol": "tcp", "runtime": 60}, "suite": "iperf"}),
    ("fail", {"unixbench": {"test": "shell8", "nr_task": 4}, "suite": "unixbench"}),
    ("oom", {"hackbench": {"mode": "threads", "ipc": "pipe"}, "suite": "hackbench"}),
    ("running", {"ltp": {"test": "syscalls-01"}, "suite": "ltp"}),
    ("queued", {"stress-ng": {"test": "vm-addr"}, "suite": "stress-ng"}),
    ("queued", {"will-it-scale": {"test": "context_switch1"}, "suite": "will-it-scale"}),
)
SYSTEM = {"os": "debian", "os_version": "13", "os_arch": "x86_64"}
TAP = b"TAP version 13\n1..3\nok 1 - throughput\nok 2 - latency\nnot ok 3 - jitter\n"


def fill(wire: Wire, seed: int) -> int:
    """Submit jobs and let machines boot for all but the last; return how many there were not before."""
    name = f"demo-{seed}-lkp"
    if not wire.added("POST", "/runs/", {"name": name, "tags": TAGS}):
        return 0
    for place, (fate, said) in enumerate(JOBS):
        machine = f"{BOOTING}-s{seed}-{place:02}"
        where = {"tbox_group": f"{WAITING}-s{seed}"} if fate == "queued" else {"testbox": machine}
        job = {**said, **where, **SYSTEM, "submit_id": name}
        number = wire.send("POST", "/scheduler/v1/jobs/submit", job)
        if fate != "queued":
            _boot(wire, machine, f"52:54:00:{seed % 256:02x}:00:{place:02x}", number, fate)
    return len(JOBS)


def _boot(wire: Wire, machine: str, mac: str, number: Any, fate: str) -> None:
    """Do what a machine does with its job: boot, fetch its archive, say how it goes, and leave files behind."""
    wire.send("PUT", f"/set_host_mac?hostname={machine}&mac={mac}")
    wire.send("GET", f"/boot.ipxe/mac/{mac.replace(':', '-')}")
    wire.send("GET", f"/job_initrd_tmpfs/{number}/job.cgz")
    report = f"/~lkp/cgi-bin/lkp-jobfile-append-var?job_id={number}"
    wire.send("GET", f"{report}&job_state=running")
    if fate == "running":
        return
    suite = wire.send("GET", f"/scheduler/v1/jobs/{number}?fields=suite")["suite"]
    wire.send("PUT", f"/result/{suite}/{number}/output.tap?job_id={number}", TAP)
    state = {"pass": "finished", "fail": "failed", "oom": "oom"}[fate]
    wire.send("GET", f"{report}&loadavg=0.42&job_state={state}")
    wire.send("GET", f"/~lkp/cgi-bin/lkp-post-run?job_id={number}")
