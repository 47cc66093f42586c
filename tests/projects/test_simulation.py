"""Runs on somebody's own machine: the script changes nothing of a definition, and executes nothing of it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from paddles.errors import Invalid
from paddles.projects import simulation
from paddles.projects.definition import checked
from tests.projects.definitions import definition, loop, run
from tests.projects.definitions import trigger as fires

RUNNER = "https://ci.example/runner?a='b'&c=$(touch pwned)"
# Stands for Python: fetches nothing, and notes how it was called.
PYTHON = """#!/bin/sh
printf '%s\\n' "$PYTHONPATH" "$@" >> "$NOTES"
"""
SCRIPTS = [
    "#!/bin/sh\necho $HOME ${HOME} $(touch pwned) `touch pwned` $((1+1))\n",
    "#!/bin/sh\nprintf '%s' \"it's\" 'a \"b\"' \\n \\\\ \\$x\n\ttab\r\nend",
    "#!/bin/sh\n# ünïcödé 漢字 😀 \u2028 \x1b[31m\n",
    "#!/bin/sh\ncat <<END_OF_RUNDEF\nx\nEND_OF_RUNDEF\ntouch pwned\nEND_OF_RUNDEF_\n",
    "END_OF_RUNDEF",
]


def execute(shell: str, script: str, place: Path, **variables: str) -> tuple[Path, list[str]]:
    """Execute a script where ``python3`` is a stand-in; return the folder it worked in, and the notes."""
    python = place / "bin" / "python3"
    python.parent.mkdir()
    python.write_text(PYTHON)
    python.chmod(0o755)
    notes = place / "notes"
    environment = {"PATH": f"{python.parent}:{os.environ['PATH']}", "NOTES": str(notes), "TMPDIR": str(place)}
    done = subprocess.run(
        [shell], input=script, cwd=place, env={**environment, **variables}, capture_output=True, text=True, check=False
    )
    assert (0, "") == (done.returncode, done.stderr)
    return Path(done.stdout.removeprefix("# simulating in ").rstrip("\n")), notes.read_text().splitlines()


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize("said", SCRIPTS)
def test_the_shell_leaves_a_definition_alone(shell: str, said: str, tmp_path: Path) -> None:
    """Variables, commands, quotes, line ends and letters of all kinds are the same in the file; nothing is executed."""
    rundef = {"script": said, "env": {"A": said}, "secrets": {"token": "TODO"}}

    folder, _ = execute(shell, simulation.script(rundef, RUNNER), tmp_path)

    assert {**rundef, "runner_url": RUNNER} == json.loads((folder / "rundef.json").read_text())
    assert [] == list(tmp_path.rglob("pwned"))


def test_the_script_fetches_the_runner_and_starts_the_simulator(tmp_path: Path) -> None:
    """In the folder that it was told; the runner is a package there."""
    place = tmp_path / "it's $HOME"

    folder, notes = execute("sh", simulation.script({"script": "x"}, RUNNER), tmp_path, SIMDIR=str(place))

    assert place == folder
    assert ["", "-c", simulation.FETCH, RUNNER, "runner"] == notes[:5]
    assert ["./runner", "-m", "jobserv_runner.simulator", "-w", str(place), "rundef.json"] == notes[5:]


def test_no_secret_is_in_a_simulation() -> None:
    """Those that the run names are there to be filled in."""
    repository = {"clone-url": "https://git.example/t.git", "token": "user:pass"}
    script = run("r", script=None, script_repo={"name": "tools", "path": "x"}, container_auth="login")
    data = checked(definition(fires("a", script, params={"A": "1"}), script_repos={"tools": repository}))

    found = simulation.simulated(data, "a", "r", {"B": "2"}, "app")

    assert {"login": "TODO", "user": "TODO", "pass": "TODO"} == found["secrets"]
    assert "api_key" not in found
    assert {"A": "1", "B": "2", "H_RUN": "r"} == {name: found["env"][name] for name in ("A", "B", "H_RUN")}
    assert found["run_url"].startswith("https://service.invalid/projects/app/")


@pytest.mark.parametrize(
    ("trigger", "name", "message"),
    [
        ("x", "1", "^there is no trigger x; there are a$"),
        ("a", "{loop}", r"^trigger a has no run \{loop\}; it has 1, 2$"),
    ],
)
def test_a_simulation_is_of_a_run_that_there_is(trigger: str, name: str, message: str) -> None:
    """By its name with the loops expanded."""
    data: dict[str, Any] = checked(definition(fires("a", run("{loop}", loop_on=[loop("A", "1", "2")]))))

    assert "2" == simulation.simulated(data, "a", "2", {}, "app")["env"]["A"]
    with pytest.raises(Invalid, match=message):
        simulation.simulated(data, trigger, name, {}, "app")
