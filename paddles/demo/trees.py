"""Trees of results as KernelCI's services make them: a checkout, its kernels, their jobs, and the tests in these."""

import datetime
from typing import Any

from paddles.demo import kernels
from paddles.demo.kernels import Revision
from paddles.demo.wire import Wire

TREES = 4
TESTS = ("login", "dmesg", "cpufreq", "sleep")


def fill(wire: Wire, seed: int, days: int, now: datetime.datetime) -> int:
    """Make the trees of the newest kernels, as whoever the token is of; return how many nodes there were not before."""
    newest = sorted(kernels.revisions(seed, days, now), key=lambda revision: revision.at)[-TREES:]
    return sum(_tree(wire, place, revision) for place, revision in enumerate(newest))


def _tree(wire: Wire, place: int, revision: Revision) -> int:
    kernel = revision.kernel
    if wire.send("GET", f"/latest/count?data.kernel_revision.commit={kernel.sha1}", as_admin=True):
        return 0
    said = {"tree": kernel.tree, "url": kernel.url, "branch": kernel.branch, "commit": kernel.sha1}
    data = {"kernel_revision": {**said, "describe": kernel.version}}
    # The newest goes on, and began just now: it has its hours. Those before it are over.
    over = place < TREES - 1
    at = revision.at.strftime("%Y-%m-%dT%H:%M:%S") if over else None
    root = _node("checkout", ["checkout"], data, at, "pass" if over else None)
    made = wire.send("POST", "/latest/node", {**root, "state": "running"}, as_admin=True)
    below = [_kernel(data, at, "x86_64", place, over=over), _kernel(data, at, "arm64", place + 1, over=over)]
    body = {"node": {**made, "state": "done" if over else "available"}, "child_nodes": below}
    found: list[Any] = wire.send("PUT", f"/latest/nodes/{made['id']}", body, as_admin=True)
    return len(found)


def _kernel(data: dict[str, Any], at: str | None, arch: str, place: int, *, over: bool) -> dict[str, Any]:
    """Return a kernel that was built, with a job and its tests below it."""
    path = ["checkout", f"kbuild-gcc-14-{arch}"]
    built = {**data, "arch": arch, "defconfig": "defconfig", "compiler": "gcc-14"}
    booted = {**data, "arch": arch, "platform": f"qemu-{arch}", "runtime": "lava-lab-north"}
    failed = place % 4 == 1
    tests = [
        {"node": _node("test", [*path, "baseline", name], booted, at, _result(name, failed=failed)), "child_nodes": []}
        for name in (TESTS if over else ())
    ]
    verdict = ("fail" if failed else "pass") if over else None
    job = {"node": _node("job", [*path, "baseline"], booted, at, verdict), "child_nodes": tests}
    return {"node": _node("kbuild", path, built, at, "pass"), "child_nodes": [job]}


def _result(name: str, *, failed: bool) -> str:
    return "fail" if failed and name == "sleep" else "pass"


def _node(kind: str, path: list[str], data: dict[str, Any], at: str | None, result: str | None) -> dict[str, Any]:
    state = "done" if result else "running"
    said = {"kind": kind, "name": path[-1], "path": path, "data": data, "state": state, "result": result}
    return {**said, "created": at} if at else said
