"""``pecan simulate``: a run of a file, in a container of this machine, as the runner of a worker executes it."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.agents.machine import ENGINE
from tests.commands.conftest import SCRIPT
from tests.processes import environment, open_place
from tests.projects.definitions import definition, loop, run, trigger

TELLS = """#!/bin/sh -e
echo "$A $CC $H_PROJECT $H_RUN"
cat /secrets/tok
echo kept >/archive/kept
exit $CODE
"""
LOOPED = run("{loop}", loop_on=[loop("CC", "gcc", "clang")], params={"A": "1", "CODE": "0"})
PROJECT = {**definition(trigger("main", LOOPED), trigger("other")), "scripts": {"test": TELLS}}
LIST = "main: gcc, clang\nother: unit\n"
MAIN = ("--trigger", "main", "--run", "clang")


class Here:
    """A folder to simulate in, with the tests' container engine."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.write(yaml.safe_dump(PROJECT))

    def write(self, text: str) -> None:
        """Write the project's file."""
        (self.home / "project.yml").write_text(text)

    def simulate(self, *words: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
        """Execute the command, which must end with ``code``; there are no settings, and there is no database."""
        path = os.pathsep.join([str(ENGINE), os.environ.get("PATH", os.defpath)])
        clean = environment(PATH=path, DOCKER_SHIM=str(self.home / "engine"), PECAN_CONFIG="/nowhere")
        command = [str(SCRIPT), "simulate", "project.yml", *words]
        done = subprocess.run(
            command, env=clean, cwd=self.home, capture_output=True, text=True, timeout=60, check=False
        )
        assert code == done.returncode, done
        return done

    def begun(self) -> int:
        """Return how many containers there were."""
        place = self.home / "engine" / "begun"
        return len(place.read_text().splitlines()) if place.exists() else 0


@pytest.fixture
def here() -> Iterator[Here]:
    """A folder."""
    with open_place() as home:
        yield Here(home)


def test_a_run_is_executed(here: Here) -> None:
    """With its loops expanded, its parameters and its secrets; what it leaves is in the folder that was named."""
    (here.home / "given").write_text("s3cret")
    given = ("--param", "A=2", "--secret", "tok=@given", "--project", "lab/tool", "-w", "place")

    done = here.simulate(*MAIN, *given)

    assert "\n2 clang lab/tool clang\ns3cret" in done.stdout
    assert "kept\n" == (here.home / "place" / "run" / "archive" / "kept").read_text()


def test_the_exit_code_is_the_run_s(here: Here) -> None:
    """1 when the run failed, and the log is on the screen."""
    done = here.simulate(*MAIN, "--param", "CODE=7", "--secret", "tok=x", "-w", "place", code=1)

    assert "The script ended with exit code 7\n" in done.stdout


def test_runs_are_listed(here: Here) -> None:
    """By trigger, and nothing is executed."""
    assert LIST == here.simulate("--list").stdout
    here.write(json.dumps(PROJECT))
    assert LIST == here.simulate("--list").stdout
    assert 0 == here.begun()


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        (None, (), "name one run of the project:\n  --trigger 'main' --run 'gcc'\n"),
        (None, ("--trigger", "main"), "name one run of the project:"),
        (None, ("--trigger", "main", "--run", "x"), "trigger main has no run x; it has gcc, clang"),
        (None, (*MAIN, "--param", "A"), "'A' is no NAME=VALUE"),
        (None, (*MAIN, "--secret", "tok=@nowhere"), "No such file or directory: 'nowhere'"),
        (None, (*MAIN, "--project", "a//b"), "a project's name has"),
        (
            "timeout: x\ntriggers: 5\nmore: 1\n",
            ("--list",),
            "timeout: must be a whole number\ntriggers: must be a list\n",
        ),
        ("a: [", MAIN, "not YAML: line 2"),
        ("{}", MAIN, "timeout: is required"),
    ],
)
def test_what_cannot_begin(here: Here, text: str | None, words: tuple[str, ...], told: str) -> None:
    """2, with all that is wrong, and no container was begun."""
    if text is not None:
        here.write(text)

    assert told in here.simulate(*words, code=2).stderr
    assert 0 == here.begun()


def test_the_definition_of_a_run_is_executed_too(here: Here) -> None:
    """As ``.rundef.json`` gives it, once its secrets are put in."""
    rundef = {"project": "p", "timeout": 1, "trigger_type": "simple", "container": "debian:12", "script": TELLS}
    rundef |= {"env": {"A": "5", "CODE": "0", "H_RUN": "r"}, "secrets": {"tok": "TODO"}, "run_url": "https://x/"}
    here.write(json.dumps(rundef))

    assert "TODO: tok" in here.simulate("-w", "place", code=2).stderr
    assert "\n5   r\nx" in here.simulate("-w", "place", "--secret", "tok=x").stdout


def test_a_missing_file(here: Here) -> None:
    """It is named."""
    (here.home / "project.yml").unlink()

    assert "project.yml" in here.simulate("--list", code=2).stderr
