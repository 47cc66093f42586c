"""Results as KernelCI has them, put into a service as nodes: checkouts, their kernels, jobs of these, and tests."""

import json
import pathlib
import random
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

TREES = {
    "mainline": "https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git",
    "next": "https://git.kernel.org/pub/scm/linux/kernel/git/next/linux-next.git",
    "stable-rc": "https://git.kernel.org/pub/scm/linux/kernel/git/stable/linux-stable-rc.git",
}
ARCHITECTURES = ("arm", "arm", "arm64", "arm64", "x86_64", "arc", "i386")
SUITES = ("baseline/login", "baseline/dmesg", "v4l2-compliance-uvc/device-presence", "simple/whoami", "ltp/ipc")
# So many of each there are: what one month of 2019 had in KCIDB, and four such months.
MONTHS, REVISIONS, BUILDS, TESTS = 4, 9, 20, 8
SEED = 20190901


class Api:
    """A KernelCI API and the user that talks to it."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self.base, self.url = url, f"{url}/latest"
        form = urllib.parse.urlencode({"username": username, "password": password}).encode()
        with urllib.request.urlopen(f"{self.url}/user/login", form) as answer:
            self.token = json.load(answer)["access_token"]

    def ask(self, path: str) -> Any:
        """GET what stands beside the API and return the JSON of the answer."""
        request = urllib.request.Request(f"{self.base}/{path}", headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request and return the JSON of its answer."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/{path}", data, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


def made() -> dict[str, list[dict[str, Any]]]:
    """Return results in the form of KCIDB's first schema, the same at every call."""
    dice = random.Random(SEED)
    found: dict[str, list[dict[str, Any]]] = {"revisions": [], "builds": [], "tests": []}
    for number in range(REVISIONS):
        tree = sorted(TREES)[number % len(TREES)]
        revision = f"{tree}/master/v5.3-rc{number}"
        commit = f"{dice.getrandbits(160):040x}"
        found["revisions"].append(
            {"origin_id": revision, "git_repository_commit_hash": commit, "git_repository_url": TREES[tree]}
        )
        for at in range(BUILDS):
            build = f"{number}-{at}"
            arch = dice.choice(ARCHITECTURES)
            misc = {"defconfig_full": f"{arch}_defconfig", "compiler": "gcc", "compiler_version": "8"}
            found["builds"].append(
                {"origin_id": build, "revision_origin_id": revision, "architecture": arch, "misc": misc}
            )
            for _ in range(TESTS):
                board = f"board-{dice.randrange(12)}"
                status, suite = dice.choice(("PASS", "PASS", "FAIL")), dice.choice(SUITES)
                found["tests"].append(
                    {"build_origin_id": build, "description": suite, "status": status, "misc": {"board": board}}
                )
    return found


def read(path: pathlib.Path) -> dict[str, list[dict[str, Any]]]:
    """Return results that somebody else recorded, in the same form."""
    return json.loads(path.read_text(encoding="utf-8"))


def checkouts(results: dict[str, list[dict[str, Any]]], month: int) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """Return each checkout of a month with the trees of nodes below it, as hierarchies are submitted."""
    for revision in results["revisions"]:
        tree, branch, version = revision["origin_id"].split("/", 2)
        said = {
            "tree": tree,
            "branch": branch,
            "url": revision["git_repository_url"],
            "commit": f"{month}{revision['git_repository_commit_hash'][1:]}",
            "describe": version,
        }
        node = {
            "kind": "checkout",
            "name": "checkout",
            "path": ["checkout"],
            "treeid": f"{month}-{revision['origin_id']}",
            "data": {"kernel_revision": said},
        }
        builds = [each for each in results["builds"] if each["revision_origin_id"] == revision["origin_id"]]
        yield node, [kernel(results, build, said) for build in builds]


def kernel(results: dict[str, list[dict[str, Any]]], build: dict[str, Any], revision: dict[str, Any]) -> dict[str, Any]:
    """Return the tree of a kernel: itself, and a test for each of its tests."""
    misc = build["misc"]
    data = {
        "kernel_revision": revision,
        "arch": build["architecture"],
        "defconfig": misc["defconfig_full"],
        "compiler": f"{misc['compiler']}-{misc['compiler_version']}",
    }
    name = f"kbuild-{data['compiler']}-{data['arch']}"
    node = {"kind": "kbuild", "name": name, "path": ["checkout", name], "state": "done", "result": "pass", "data": data}
    tests = [each for each in results["tests"] if each["build_origin_id"] == build["origin_id"]]
    return {"node": node, "child_nodes": [checked(test, data, name) for test in tests]}


def checked(test: dict[str, Any], data: dict[str, Any], build: str) -> dict[str, Any]:
    """Return the tree of a test, which has nothing below it."""
    suite, _, case = test["description"].partition("/")
    name = case or suite
    node = {
        "kind": "test",
        "name": name,
        "group": suite,
        "path": ["checkout", build, suite, name],
        "state": "done",
        "result": test["status"].lower(),
        "data": {**data, "platform": test["misc"]["board"]},
    }
    return {"node": node, "child_nodes": []}


def submit(api: Api, results: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Put all of it into the service, a tree in one request, and return the nodes as they were answered."""
    nodes = []
    for month in range(MONTHS):
        for checkout, below in checkouts(results, month):
            root = api.send("POST", "node", checkout)
            root |= {"state": "done", "result": "pass"}
            nodes += api.send("PUT", f"nodes/{root['id']}", {"node": root, "child_nodes": below})
    return nodes
