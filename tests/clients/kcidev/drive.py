"""Drives KernelCI's API with the released, unmodified kci-dev 0.1.12.

    tests/clients/run kcidev --url http://127.0.0.1:8080 --venv DIRECTORY

with PADDLES_ADMIN_USER and PADDLES_ADMIN_PASSWORD in the environment. ``run`` makes the virtualenv, pinned in
``requirements.txt``, and starts this module in it. The service must have that administrator and no nodes, and is left
with more than five thousand: four months of results as KCIDB had them in 2019, made by ``tree.py``, or read from the
file that ``KCIDB_SAMPLE`` names. Whatever kci-dev then says is compared with what was put in. Nothing of it is patched;
it is started by its console script, in a home of its own.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import tree

LEAST = 5000
UNKNOWN = "0123456789abcdef01234567"
# kci-dev looks again every 30 s.
PATIENCE_S = 90


class BrokenError(AssertionError):
    """A promise that was not kept."""


def same(expected: object, found: object, what: str) -> None:
    """Raise BrokenError unless both are equal."""
    if expected != found:
        raise BrokenError(f"{what}: expected {expected!r}, found {found!r}")


class Kcidev:
    """The client in a home of its own, and what was put into the service before."""

    def __init__(self, url: str, home: pathlib.Path, api: tree.Api, nodes: Sequence[dict[str, Any]]) -> None:
        self.api, self.nodes = api, nodes
        self.settings = home / "kci-dev.toml"
        self.environment = {"HOME": str(home), "PATH": os.defpath, "LC_ALL": "C.UTF-8", "MPLBACKEND": "agg"}
        lines = ['default_instance="local"', "[local]", f'api="{url}/"', f'pipeline="{url}/"', f'token="{api.token}"']
        lines += [f'kcidb_rest_url="{url}/submit"', f'kcidb_token="{api.token}"']
        self.settings.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Start kci-dev with these words."""
        script = pathlib.Path(sys.executable).with_name("kci-dev")
        command = [script, "--settings", self.settings, "--instance", "local", *words]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self.environment, stdout=pipe, stderr=pipe, text=True)

    def say(self, *words: str, code: int = 0) -> str:
        """Return what kci-dev prints for these words; it has to end with this code."""
        process = self.start(*words)
        out, err = process.communicate(timeout=PATIENCE_S)
        same(code, process.returncode, f"exit code of kci-dev {' '.join(words)} ({out}{err})")
        return out if code == 0 else err

    def results(self, *words: str) -> list[dict[str, Any]]:
        """Return the nodes that ``kci-dev maestro results`` shows."""
        return json.loads(self.say("maestro", "results", *words))

    def count(self, *filters: str) -> int:
        """Return how many nodes it counts that pass these filters."""
        asked = [word for each in filters for word in ("--filter", each)]
        return int(self.say("maestro", "results", "--nodes", "--count", "--limit", "100000", *asked))

    def of(self, **fields: object) -> list[dict[str, Any]]:
        """Return the nodes that were put in, of these fields."""
        return [node for node in self.nodes if all(node[name] == value for name, value in fields.items())]


def version(client: Kcidev) -> None:
    """It is the released one."""
    same("kci-dev, version 0.1.12", client.say("--version").strip(), "version")


def few(client: Kcidev) -> None:
    """The first of all nodes, and of each the fields asked for."""
    found = client.results("--nodes", "--limit", "2", "--field", "name", "--field", "id")
    same([{"name": node["name"], "id": node["id"]} for node in client.nodes[:2]], found, "first nodes")


def one(client: Kcidev) -> None:
    """A node as it was answered when it was put in."""
    node = client.nodes[len(client.nodes) // 2]
    same([node], client.results("--nodeid", node["id"]), "one node")


def unknown(client: Kcidev) -> None:
    """What is not there is said not to be there."""
    said = client.say("maestro", "results", "--nodeid", UNKNOWN, code=1)
    same(True, f"Node {UNKNOWN} not found" in said, said)


def kinds(client: Kcidev) -> None:
    """As many of each kind as were put in."""
    for kind, count in Counter(node["kind"] for node in client.nodes).items():
        same(count, client.count(f"kind={kind}"), f"nodes of kind {kind}")


def filters(client: Kcidev) -> None:
    """Filters by path, with operators, and several together."""
    arm = [node for node in client.of(kind="kbuild") if node["data"]["arch"] == "arm"]
    same(len(arm), client.count("kind=kbuild", "data.arch=arm"), "kernels for arm")
    boards = {node["data"]["platform"] for node in client.of(kind="test")}
    for board in sorted(boards)[:3]:
        failed = [node for node in client.of(kind="test", result="fail") if node["data"]["platform"] == board]
        same(len(failed), client.count("result=fail", f"data.platform={board}"), f"failures on {board}")
    others = [node for node in client.nodes if node["result"] != "pass"]
    same(len(others), client.count("result__ne=pass"), "nodes that did not pass")
    begun = [node for node in client.nodes if node["name"].startswith("kbuild")]
    same(len(begun), client.count("name__re=^kbuild"), "names that begin with kbuild")
    same(len(client.of(kind="checkout")), client.count("parent=null"), "nodes without a parent")
    same(0, client.count("data.arch=sparc"), "kernels for nothing")


def trees(client: Kcidev) -> None:
    """Nodes of one tree, and of a time."""
    names = Counter(node["data"]["kernel_revision"]["tree"] for node in client.nodes)
    words = ("maestro", "results", "--nodes", "--count", "--limit", "100000", "--tree")
    for name, count in names.items():
        dates = ("--start-date", "2024-01-01", "--end-date", "2100-01-01")
        same(count, int(client.say(*words, name, *dates)), f"nodes of {name}")
        same(0, int(client.say(*words, name, "--end-date", "2024-01-01")), f"nodes of {name} of before")


def pages(client: Kcidev) -> None:
    """Page by page everything comes, once, in the order in which it was made."""
    found: list[str] = []
    while page := client.results("--nodes", "--limit", "1000", "--offset", str(len(found)), "--field", "id"):
        found += [node["id"] for node in page]
    same(sorted(node["id"] for node in client.nodes), found, "all pages")


def faults(client: Kcidev) -> None:
    """What cannot be asked is refused with words."""
    for wrong in ("name__re=[", "created__gt=yesterday", "parent=zz"):
        said = client.say("maestro", "results", "--nodes", "--filter", wrong, code=2)
        same(True, "400" in said, f"{wrong}: {said}")


def watching(client: Kcidev) -> None:
    """It sees a job and its test end, and ends as the test did."""
    watched = [Watched(client, result) for result in ("pass", "fail")]
    for each in watched:
        each.begin()
    for each in watched:
        each.end(client.api)
    for each in watched:
        out, err = each.process.communicate(timeout=PATIENCE_S)
        code = {"pass": 0, "fail": 1}[each.result]
        same(code, each.process.returncode, f"exit code of watch, a test being {each.result} ({out}{err})")


class Watched:
    """A checkout with a job that runs, and a kci-dev that watches both."""

    def __init__(self, client: Kcidev, result: str) -> None:
        self.result = result
        self.root = client.api.send("POST", "node", checkout(f"watched-{result}"))
        self.job = client.api.send("POST", "node", below(self.root, "job", "baseline"))
        self.process = client.start("watch", "--nodeid", self.root["id"], "--job-filter", "baseline", "--test", "login")

    def begin(self) -> None:
        """Wait until it has seen the job run, which it says."""
        same(True, bool(self.process.stdout and self.process.stdout.read(1)), "watch says something")

    def end(self, api: tree.Api) -> None:
        """Have the test, the job and the checkout end."""
        api.send("POST", "node", below(self.job, "test", "login") | {"state": "done", "result": self.result})
        for node in (self.job, self.root):
            api.send("PUT", f"node/{node['id']}", node | {"state": "done", "result": "pass"})


def checkout(treeid: str) -> dict[str, Any]:
    """Return a checkout that is not ended yet."""
    return {"kind": "checkout", "name": "checkout", "path": ["checkout"], "treeid": treeid}


def below(parent: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    """Return a node below another one."""
    path = [*parent["path"], name]
    return {"kind": kind, "name": name, "path": path, "parent": parent["id"], "treeid": parent["treeid"]}


def ordering(client: Kcidev) -> None:
    """A commit, patches and another try of a job are ordered, and become nodes and events."""
    known = client.of(kind="checkout")[-1]["data"]["kernel_revision"]
    words = ("--giturl", known["url"], "--branch", known["branch"], "--commit", "0" * 40)
    said = client.say("checkout", *words, "--job-filter", "baseline", "--platform-filter", "qemu")
    root = client.api.send("GET", f"node/{said.partition('checkout_nodeid: ')[2].split()[0]}")
    same(
        (known["tree"], ["baseline"]), (root["data"]["kernel_revision"]["tree"], root["jobfilter"]), "what was ordered"
    )
    patch = client.settings.with_name("0001-fix.patch")
    patch.write_text("--- a/x\n+++ b/x\n", encoding="utf-8")
    said = client.say("patchset", "--nodeid", root["id"], "--patch", str(patch), "--patch", str(patch))
    below_it = client.api.send("GET", f"node/{said.partition('patchset_nodeid: ')[2].split()[0]}")
    same((root["id"], ["patch0", "patch1"]), (below_it["parent"], list(below_it["artifacts"])), "patches")
    with urllib.request.urlopen(below_it["artifacts"]["patch0"]) as answer:
        same(patch.read_bytes(), answer.read(), "a patch where its node says it is")
    built = below(root, "kbuild", "kbuild-x") | {"state": "done", "result": "pass"}
    job = client.api.send("POST", "node", below(client.api.send("POST", "node", built), "job", "baseline"))
    same("OK", client.say("testretry", "--nodeid", job["id"]).strip().splitlines()[-1], "what testretry says")
    said = client.say("testretry", "--nodeid", root["id"], code=1)
    same(True, "Node is not a job" in said, said)


def submitting(client: Kcidev) -> None:
    """The result of a build is submitted, read, and found as a job of a run."""
    words = ("--giturl", "https://git.example/linux.git", "--branch", "main", "--commit", "f" * 40)
    said = client.say("submit", "build", "--origin", "lab1", *words, "--arch", "arm64", "--status", "PASS")
    name = said.partition("'id': '")[2].partition("'")[0]
    until, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while (status := client.api.ask(f"status?id={name}")["status"]) in ("ready", "inprogress"):
        same(True, time.monotonic() < until, "read in time")
        pause.wait(0.1)
    same("processed", status, "status of the submission")
    found = [run for run in client.api.ask("runs/?branch=main") if run["name"].startswith("kcidb:lab1:ck-")]
    same(["finished pass"], [run["status"] for run in found], "runs of the origin")


STORY: tuple[Callable[[Kcidev], None], ...] = (
    *(version, few, one, unknown, kinds, filters, trees, pages, faults),
    *(watching, ordering, submitting),
)


def drive(url: str, home: pathlib.Path) -> int:
    """Put the nodes in and keep each promise; return the exit code."""
    api = tree.Api(url, os.environ["PADDLES_ADMIN_USER"], os.environ["PADDLES_ADMIN_PASSWORD"])
    sample = os.environ.get("KCIDB_SAMPLE")
    begun = time.monotonic()
    nodes = tree.submit(api, tree.read(pathlib.Path(sample)) if sample else tree.made())
    sys.stdout.write(f"{len(nodes)} nodes put in, in {time.monotonic() - begun:.1f} s\n")
    same(True, len(nodes) >= LEAST, "nodes enough")
    client = Kcidev(url, home, api, nodes)
    for promise in STORY:
        begun = time.monotonic()
        try:
            promise(client)
        except BrokenError as error:
            sys.stdout.write(f"BROKEN {promise.__name__}: {error}\n")
            return 1
        sys.stdout.write(f"ok {time.monotonic() - begun:5.1f} s  {promise.__doc__}\n")
    return 0


def main() -> int:
    """Read the options and drive."""
    parser = argparse.ArgumentParser(description="drive KernelCI's API with the released kci-dev")
    parser.add_argument("--url", required=True, help="the server, e.g. http://127.0.0.1:8080")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kcidev-") as directory:
        return drive(options.url.rstrip("/"), pathlib.Path(directory))


if __name__ == "__main__":
    sys.exit(main())
