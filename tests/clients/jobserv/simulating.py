"""What is promised of simulations: by the service's script, or without a service, a run ends as on its machine."""

import pathlib
import re
import subprocess
import sys
import urllib.parse
from dataclasses import dataclass

import definitions
from expect import same, true
from lab import RUN_S, Lab
from server import Build
from service import ROOT

# Of each of these triggers a run: one that leaves files and tests, one whose log tells of a failure, one with a secret.
RUNS = {"matrix": "unit-arm-b", "grep": "greps", "tell": "tells"}
PARAMS = {"A": "$(echo expanded) `x` 'y' \"z\""}
TIME = re.compile(r"^(==|  ) \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}:")
NAME = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PLACE = re.compile(r"-v(\S+)/archive:/archive")
TESTED = re.compile(r"INFO  (.+): (PASSED|FAILED|SKIPPED), \d+ results")
# What only those say who speak to a service, and what only the others do.
TO_SERVICE = re.compile(r"# Run sent|== (Setting up|Steps to|Uploading)|   INFO  \d+ files uploaded|    |$")
TO_NOBODY = re.compile(r"== Status is ")


@dataclass(frozen=True)
class Outcome:
    """All that a run comes to: its end, files by their paths, tests, and log, but for times and places."""

    passed: bool
    files: dict[str, bytes]
    tests: dict[str, str]
    log: list[str]


def twins(lab: Lab) -> None:
    """a run of a project's YAML ends alike on a machine, by the script of the service, and by pecan simulate"""
    for trigger, run in RUNS.items():
        build = lab.build(trigger, secrets={"word": definitions.SECRET}, params=PARAMS)
        build.ended(RUN_S)
        home = lab.scratch / f"simulated-{trigger}"
        home.mkdir()
        (home / "project.yml").write_bytes(lab.server.load(f"{build.path}project.yml"))
        (home / "word").write_text(definitions.SECRET)
        (home / "simulator.py").write_bytes(lab.server.load("/simulator"))
        told = outcome(build, run)
        for program in (script(lab), pecan()):
            same(told, simulated(lab, home, program, trigger, run, build), f"{run} by {program[1]}")
    listed(lab, home)


def script(lab: Lab) -> list[str]:
    """The script of the service."""
    return [sys.executable, "simulator.py", "--server", lab.server.url, "run"]


def pecan() -> list[str]:
    """The command that needs no service."""
    return [str(ROOT / ".venv" / "bin" / "pecan"), "simulate"]


def listed(lab: Lab, home: pathlib.Path) -> None:
    """Both name the same runs."""
    asked = ([*script(lab)[:-1], "validate", "project.yml"], [*pecan(), "project.yml", "--list"])
    one, other = (execute(lab, home, words).stdout for words in asked)
    same(one, other, "the list of runs")
    lines = dict(line.split(": ", 1) for line in one.splitlines())
    true(all(run in lines[trigger].split(", ") for trigger, run in RUNS.items()), f"all runs are in the list: {one}")


def execute(lab: Lab, home: pathlib.Path, words: list[str]) -> "subprocess.CompletedProcess[str]":
    """Execute a program to its end, where there is the engine of the tests."""
    environment = lab.machines[0].environment() | {"HOME": str(home), "DOCKER_SHIM": str(home / "engine")}
    return subprocess.run(words, cwd=home, env=environment, capture_output=True, text=True, timeout=RUN_S, check=False)


def simulated(lab: Lab, home: pathlib.Path, program: list[str], trigger: str, run: str, build: Build) -> Outcome:
    """What becomes of a run that is executed by hand, with all that the service and its machine said of it."""
    given = {**PARAMS, "H_BUILD": str(build.number), "H_WORKER": str(build.run(run)["worker_name"])}
    words = [word for name, value in given.items() for word in ("--param", f"{name}={value}")]
    where = ["--trigger", trigger, "--run", run, "--project", "story", "-w", "place"]
    done = execute(lab, home, [*program, "project.yml", *where, *words, "--secret", "word=@word"])
    true(done.returncode in (0, 1), f"it began: {done.stdout}{done.stderr}")
    folder = home / "place" / "run"
    archive = folder / "archive"
    files = {str(path.relative_to(archive)): path.read_bytes() for path in archive.rglob("*") if path.is_file()}
    tests = dict(found.groups() for found in map(TESTED.search, done.stdout.splitlines()) if found)
    log = (folder / "console.log").read_text()
    true(done.stdout.startswith(log), "the screen shows the log")
    return Outcome(done.returncode == 0, files, tests, plain(log, TO_NOBODY))


def outcome(build: Build, run: str) -> Outcome:
    """What became of a run, as the service tells it."""
    found = build.run(run)
    base = str(found["url"])
    paths = [urllib.parse.unquote(url.removeprefix(base)) for url in found["artifacts"]]
    files = {path: build.load(run, urllib.parse.quote(path)) for path in paths if path != "console.log"}
    log = build.load(run).decode()
    return Outcome(found["status"] == "PASSED", files, build.tests(run), plain(log, TO_SERVICE))


def plain(log: str, own: "re.Pattern[str]") -> list[str]:
    """The lines of a log without times, names of containers, places and secrets; ``own`` are those that others lack."""
    [place] = set(PLACE.findall(log))
    text = log.replace(place, "RUN").replace(definitions.SECRET, "*" * len(definitions.SECRET))
    lines = [NAME.sub("NAME", TIME.sub(r"\1", line)) for line in text.splitlines()]
    return [line for line in lines if not own.match(line)]
