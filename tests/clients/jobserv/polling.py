"""What is promised of repositories that the service polls: definitions, scripts and sources all come out of them."""

import contextlib
import datetime
import json
from collections.abc import Iterator
from typing import Any

import definitions
from expect import same, true, until
from lab import RUN_S, SOON_S, Lab
from repositories import MAIN, Repository, Served
from server import Build
from service import free_port

POLLED, LOST = "polled", "lost"
BRANCH = "refs/heads/"
SCRIPT = """#!/bin/sh -e
echo "$GIT_REF from $GIT_OLD_SHA to $GIT_SHA"
git rev-parse HEAD
cat said /script-repo/shared
"""


class Watched:
    """Three repositories, and a project that is built when one of them changes."""

    def __init__(self, lab: Lab, served: Served) -> None:
        """Make them; beside it a project whose repository nobody serves."""
        self.lab, self.served = lab, served
        self.definitions, self.scripts, self.sources = (
            Repository(served, name) for name in ("definitions", "scripts", "sources")
        )
        self.scripts.push("scripts", {"build.sh": SCRIPT, "shared": "beside the script\n"})
        self.sha = self.sources.push("first", {"said": "first\n"})
        self.definitions.push("define", {f"{POLLED}.yml": json.dumps(self.definition())})
        self.trigger(LOST, f"http://127.0.0.1:{free_port()}/definitions.git")
        self.trigger(POLLED, self.definitions.url)

    def definition(self) -> Any:
        """How the project is built: both its branches are watched, the second one by a glob."""
        run = definitions.run("compiles", "")
        del run["script"]
        run["script-repo"] = {"name": "ours", "path": "build.sh"}
        params = {"GIT_URL": self.sources.url, "GIT_POLL_REFS": f"{MAIN}, {BRANCH}next*"}
        trigger = {"name": "pushed", "type": "git_poller", "params": params, "runs": [run]}
        scripts = {"ours": {"clone-url": self.scripts.url, "git-ref": MAIN}}
        return {"timeout": 5, "script-repos": scripts, "triggers": [trigger]}

    def trigger(self, project: str, url: str) -> None:
        """Make a project that is polled."""
        self.lab.server.project(project)
        said = {"type": "git_poller", "definition_repo": url, "secrets": []}
        self.lab.server.ask("POST", f"/projects/{project}/triggers/", said, status=201)

    def polls(self) -> dict[str, Any]:
        """What is known of each project's trigger, by project."""
        return {poll["project"]: poll for poll in self.lab.server.ask("GET", "/project-polls/")}

    def look(self) -> str:
        """Wait until the repositories were looked at anew, and return what was wrong with them."""
        asked = datetime.datetime.now(datetime.UTC)

        def looked() -> bool:
            at = self.polls()[POLLED]["polled"]
            return at is not None and datetime.datetime.fromisoformat(at) > asked

        until(looked, "a look at the repositories", SOON_S)
        return str(self.polls()[POLLED]["fault"])

    def built(self) -> int:
        """How many builds there are."""
        return int(self.lab.server.ask("GET", f"/projects/{POLLED}/builds/")["total"])

    def push(self, said: str, branch: str = MAIN, *, amend: bool = False) -> str:
        """Push a commit, and return its SHA."""
        return self.sources.push(said, {"said": f"{said}\n"}, branch, amend=amend)


def check(watched: Watched, number: int, expected: tuple[str, str, str, str]) -> None:
    """Check that there are so many builds, and that the newest is of a ref, from a commit to one that says so."""
    ref, old, sha, said = expected
    same(number, watched.built(), "builds")
    build = Build(watched.lab.server, POLLED, number)
    same("PASSED", build.ended(RUN_S), f"status of build {number}")
    params = {"GIT_REF": ref, "GIT_URL": watched.sources.url, "GIT_OLD_SHA": old, "GIT_SHA": sha}
    defined = json.loads(build.load("compiles", ".rundef.json"))
    found = {name: value for name, value in defined["env"].items() if name.startswith("GIT_")}
    same(params, {name: found.get(name) for name in params}, "variables of the run")
    same("git_poller", defined["trigger_type"], "type of the run")
    words, _, log = str(build.get()["reason"]).partition("\n\n")
    same((params, f"{sha[:12]} {said}"), (json.loads(words), log), "reason of the build")
    lines = [f"{ref} from {old} to {sha}", sha, said, "beside the script"]
    same(lines, build.said("compiles"), "what the script out of a repository says of the sources")


def pushed(watched: Watched) -> None:
    """what is pushed is built once, out of repositories of definitions, scripts and sources; what was there is not"""
    same(["", 0], [watched.look(), watched.built()], "what was wrong at first, and builds")
    old, watched.sha = watched.sha, watched.push("second")
    same("", watched.look(), "what was wrong")
    check(watched, 1, (f"{BRANCH}{MAIN}", old, watched.sha, "second"))
    same(["", 1], [watched.look(), watched.built()], "what was wrong when that was looked at again, and builds")


def rewritten(watched: Watched) -> None:
    """a history that was rewritten is built; a new branch is only noted, and built from its next commit on"""
    old, watched.sha = watched.sha, watched.push("rewritten", amend=True)
    first = watched.push("branched", "next")
    same("", watched.look(), "what was wrong")
    check(watched, 2, (f"{BRANCH}{MAIN}", old, watched.sha, "rewritten"))
    second = watched.push("went on", "next")
    watched.sha = watched.push("only words\n\n[skip ci]")
    same("", watched.look(), "what was wrong")
    check(watched, 3, (f"{BRANCH}next", first, second, "went on"))


def away(watched: Watched) -> None:
    """a repository that is away is shown to be, and no other's trouble; what is pushed meanwhile is built later"""
    true("127.0.0.1" in watched.polls()[LOST]["fault"], "the project whose repository nobody serves says so")
    watched.served.away.add(watched.sources.name)
    old, watched.sha = watched.sha, watched.push("meanwhile")
    true(watched.sources.url in watched.look(), "the repository is named in the fault")
    same(3, watched.built(), "builds while it is away")
    watched.served.away.clear()
    same("", watched.look(), "what is wrong when it is back")
    check(watched, 4, (f"{BRANCH}{MAIN}", old, watched.sha, "meanwhile"))
    # It ends well only where nothing has to be repaired.
    watched.lab.server.pecan("recount")


STORY = (pushed, rewritten, away)


@contextlib.contextmanager
def watching(lab: Lab) -> Iterator[Watched]:
    """Serve repositories, and have the service poll them."""
    root = lab.scratch / "repositories"
    root.mkdir()
    served = Served(root)
    with served.up():
        yield Watched(lab, served)
