"""Runs by hand: the module of the runner that executes a definition, and the script that makes one of a project."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from paddles.projects import downloads
from tests.agents.machine import PATIENCE_S, Machine
from tests.agents.peer import Peer
from tests.processes import alive
from tests.waiting import until

PROJECT = "timeout: 5\ntriggers: []\n"


def simulate(machine: Machine, *words: str, said: str = "") -> "subprocess.CompletedProcess[str]":
    """Execute the runner's module as a printed line says."""
    command = [sys.executable, "-m", "jobserv_runner.simulator", "-w", str(machine.home / "sim"), *words]
    return finished(machine, command, said)


def script(machine: Machine, peer: Peer, *words: str, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """Execute the developer's script, in a home of its own."""
    place = machine.home / "simulator.py"
    if not place.exists():
        place.write_bytes(downloads.simulator().content)
    return finished(machine, [sys.executable, str(place), "--server", peer.url, *words], cwd=cwd)


def finished(
    machine: Machine, command: list[str], said: str = "", cwd: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    """Execute a command to its end."""
    environment = machine.environment()
    return subprocess.run(
        command, env=environment, input=said, capture_output=True, text=True, timeout=PATIENCE_S, check=False, cwd=cwd
    )


def written(machine: Machine, document: object) -> str:
    """Write a document into a file and return its path."""
    place = machine.home / "given.json"
    place.write_text(json.dumps(document))
    return str(place)


@pytest.mark.parametrize(("ending", "code"), [("true", 0), ("false", 1)])
def test_a_definition_is_executed(machine: Machine, peer: Peer, ending: str, code: int) -> None:
    """The same steps on this machine, nothing is said to the server, the exit code tells how it ended."""
    rundef = machine.rundef(f"echo in $H_RUN; echo kept >/archive/x; {ending}", api_key="")

    done = simulate(machine, written(machine, rundef))

    assert code == done.returncode, done.stderr
    assert "\nin unit\n" in done.stdout
    assert "kept\n" == (machine.home / "sim" / "run" / "archive" / "x").read_text()
    assert b"" == peer.log
    assert [] == peer.asked_to_sign


def test_it_can_be_repeated(machine: Machine) -> None:
    """Each time from the beginning."""
    given = written(machine, machine.rundef("ls /archive; echo x >/archive/only", api_key=""))

    assert 0 == simulate(machine, given).returncode
    again = simulate(machine, given)

    assert (0, False) == (again.returncode, "\nonly\n" in again.stdout)


def test_results_are_told_on_the_screen(machine: Machine) -> None:
    """A failure among the tests fails the run here too."""
    case = "<testsuite name='s'><testcase name='c'><failure/></testcase></testsuite>"

    done = simulate(machine, written(machine, machine.rundef(f'echo "{case}" >/archive/junit.xml', api_key="")))

    assert 1 == done.returncode
    assert "s: FAILED, 1 results" in done.stdout


@pytest.mark.parametrize(
    ("pattern", "code", "told"),
    [
        (r"(?P<result>\w+) (?P<name>\w+)$", 1, ["default: FAILED, 3 results", "  ping: PASSED", "  pong: FAILED"]),
        (r"(?P<result>ok) (?P<name>\w+)$", 0, ["default: PASSED, 1 results", "  ping: PASSED"]),
        (r"(?P<name>(a|aa)+)b(?P<result>c)", 1, ["test-grepping takes more than 5 s on the log"]),
    ],
)
def test_tests_are_found_in_the_log(machine: Machine, pattern: str, code: int, told: list[str]) -> None:
    """As the server would find them when the run is over; one that failed fails the run."""
    wanted = {"result-pattern": pattern, "fixupdict": {"ok": "PASSED", "BAD": "FAILED"}}
    script = f"echo 'ok ping'; echo BAD pong; echo strange word; echo {'a' * 9000}"

    done = simulate(machine, written(machine, machine.rundef(script, **{"test-grepping": wanted})))

    assert code == done.returncode, done.stdout
    for line in told:
        assert f" {line}\n" in done.stdout
    assert "\nok ping\n" in (machine.home / "sim" / "run" / "console.log").read_text()


def test_a_folder_of_somebody_else_is_left_alone(machine: Machine) -> None:
    """Only what a run before has left is removed."""
    precious = machine.home / "sim" / "run" / "file"
    precious.parent.mkdir(parents=True)
    precious.touch()

    done = simulate(machine, written(machine, machine.rundef("true")))

    assert (2, True) == (done.returncode, precious.exists())
    assert "is there already" in done.stderr


@pytest.mark.parametrize("link", ["volumes", "volumes/factory/app", "volumes/factory/app/cache", "shared-volumes"])
def test_no_volume_leads_out_of_the_folder(machine: Machine, link: str) -> None:
    """A folder may have come with a project."""
    place, volumes = machine.home / "sim" / link, {"persistent-volumes": {"cache": "/c"}, "shared-volumes": {"s": "/s"}}
    place.parent.mkdir(parents=True)
    place.symlink_to(machine.home)

    done = simulate(machine, written(machine, machine.rundef("true", **volumes)))

    assert (2, []) == (done.returncode, machine.calls())
    assert f"{link} in " in done.stderr
    place.unlink()
    assert 0 == simulate(machine, written(machine, machine.rundef("true", **volumes))).returncode


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM])
def test_what_is_interrupted_leaves_no_container(machine: Machine, signal_: signal.Signals) -> None:
    """The process ends when its container has, also one that ignores SIGINT as what shells put aside does."""
    ignoring = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", sys.executable, "-m", "jobserv_runner.simulator"]
    command = [*ignoring, "-w", str(machine.home / "sim"), written(machine, machine.rundef("exec sleep 1000"))]
    containers = machine.home / "engine" / "containers"
    with subprocess.Popen(command, env=machine.environment(), stdout=subprocess.DEVNULL) as process:
        try:
            [inside] = until(lambda: [int(text) for place in containers.glob("*") if (text := place.read_text())])
            process.send_signal(signal_)
            process.wait(PATIENCE_S)
        finally:
            process.kill()

    assert (130, False) == (process.returncode, alive(inside))


def test_nothing_is_rebooted(machine: Machine) -> None:
    """What comes after a reboot is done at once."""
    later = "printf '#!/bin/sh\\necho after\\n' >/archive/execute-on-reboot"

    done = simulate(machine, written(machine, machine.rundef(later, api_key="")))

    assert 0 == done.returncode
    assert "\nafter\n" in done.stdout


def test_secrets_have_to_be_put_in(machine: Machine) -> None:
    """It names those that are left and begins nothing."""
    done = simulate(machine, written(machine, machine.rundef("true", secrets={"tok": "TODO", "b": "x"})))

    assert 2 == done.returncode
    assert "TODO: tok" in done.stderr
    assert [] == machine.calls()


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"trigger_type": "../simple"}', '{"trigger_type": 5}', '{"trigger_type": "svn"}',
     '{"trigger_type": "simple", "shared-volumes": {"/": "/host"}}'],
)  # fmt: skip
def test_what_is_no_definition(machine: Machine, content: str) -> None:
    """It is refused with a line, not with a stack."""
    place = machine.home / "given.json"
    place.write_text(content)

    done = simulate(machine, str(place))

    assert 2 == done.returncode
    assert "Traceback" not in done.stderr


def test_a_pull_request_by_hand(machine: Machine, peer: Peer) -> None:
    """No forge is told, so that no token is needed."""
    env = {"GIT_URL": str(machine.home / "none"), "GH_STATUS_URL": f"{peer.url}/forge/x"}
    rundef = machine.rundef("true", trigger_type="github_pr", env=env, secrets={"githubtok": "x"}, timeout=0)

    assert 1 == simulate(machine, written(machine, rundef)).returncode

    assert [] == peer.forge


def test_a_project_is_checked(machine: Machine, peer: Peer) -> None:
    """The server reads it as it is; what there is to run is listed, what is wrong is said."""
    (machine.home / "project.yml").write_text(PROJECT)
    peer.validation = (200, {"data": {"triggers": {"on push": ["unit", "lint"]}}})

    done = script(machine, peer, "validate", str(machine.home / "project.yml"))

    assert (0, "on push: unit, lint\n") == (done.returncode, done.stdout)
    assert [("", "application/yaml", PROJECT.encode())] == peer.validated
    peer.validation = (400, {"message": "timeout: is missing"})
    done = script(machine, peer, "validate", str(machine.home / "project.yml"))
    assert (2, "timeout: is missing\n") == (done.returncode, done.stderr)


def test_a_run_of_a_project(machine: Machine, peer: Peer) -> None:
    """The server makes its definition, the server's runner executes it, with parameters and secrets that were given."""
    (machine.home / "project.yml").write_text(PROJECT)
    rundef = machine.rundef("echo $A-$H_RUN; cat /secrets/tok /secrets/file", api_key="")
    peer.validation = (200, {"data": {"triggers": {"t": ["unit"]}, "rundef": rundef}})
    (machine.home / "value").write_text("of a file")
    given = ["--param", "A=b=c", "--secret", "tok=s3cret", "--secret", f"file=@{machine.home}/value"]
    names = ["--trigger", "t", "--run", "unit", "-w", str(machine.home / "place")]

    done = script(machine, peer, "run", str(machine.home / "project.yml"), *names, *given)

    assert 0 == done.returncode, done.stderr
    assert "b=c-unit\n" in done.stdout
    assert "s3cretof a file" in done.stdout
    assert "trigger=t&run=unit" == peer.validated[0][0]
    assert 0 == (machine.home / "place" / ".simulation" / "rundef.json").stat().st_mode & 0o077


def test_what_is_given_may_be_in_files(machine: Machine, peer: Peer) -> None:
    """A line for each parameter and secret; what is said besides beats it."""
    (machine.home / "params").write_text("# these\n\nA=of = the file\nB=1\n")
    (machine.home / "secrets").write_text("tok=s3cret\n")
    given = written(machine, machine.rundef("echo $A-$B; cat /secrets/tok", api_key=""))
    names = ["--params", str(machine.home / "params"), "--secrets", str(machine.home / "secrets"), "--param", "B=2"]

    done = script(machine, peer, "run", given, *names)

    assert 0 == done.returncode, done.stderr
    assert "\nof = the file-2\ns3cret" in done.stdout
    (machine.home / "params").write_text("A\n")
    done = script(machine, peer, "run", given, *names)
    assert (2, "'A' is no NAME=VALUE\n") == (done.returncode, done.stderr)


def test_nothing_is_imported_from_where_it_is_called(machine: Machine, peer: Peer) -> None:
    """A project may have files that are called as modules are."""
    place = machine.home / "checkout"
    place.mkdir()
    for name in ("json.py", "argparse.py", "jobserv_runner.py", "sitecustomize.py", "grepping.py"):
        (place / name).write_text("raise SystemExit(99)\n")
    given = written(machine, machine.rundef("echo by hand", api_key=""))

    done = script(machine, peer, "run", given, cwd=place)

    assert 0 == done.returncode, done.stderr


def test_a_run_that_is_not_named(machine: Machine, peer: Peer) -> None:
    """Those there are are listed, as they are to be written."""
    (machine.home / "project.yml").write_text(PROJECT)
    peer.validation = (200, {"data": {"triggers": {"on push": ["unit"]}}})

    done = script(machine, peer, "run", str(machine.home / "project.yml"))

    assert 2 == done.returncode
    assert "--trigger 'on push' --run 'unit'" in done.stderr


def test_a_downloaded_definition(machine: Machine, peer: Peer) -> None:
    """It needs no checking: the runner is fetched and executes it."""
    given = written(machine, machine.rundef("echo by hand", api_key=""))

    done = script(machine, peer, "run", given)

    assert 0 == done.returncode, done.stderr
    assert "by hand\n" in done.stdout
    assert [] == peer.validated


def test_nothing_is_written_through_a_link(machine: Machine, peer: Peer) -> None:
    """What is in the folder already is replaced."""
    own, elsewhere = machine.home / "place" / ".simulation", machine.home / "precious"
    own.mkdir(parents=True)
    elsewhere.write_text("mine")
    for name in ("rundef.json", "runner"):
        (own / name).symlink_to(elsewhere)

    done = script(machine, peer, "run", written(machine, machine.rundef("true")), "-w", str(machine.home / "place"))

    assert (0, "mine") == (done.returncode, elsewhere.read_text())


def test_the_newest_script(machine: Machine, peer: Peer) -> None:
    """It replaces itself when the server has another one."""
    place = machine.home / "simulator.py"
    assert "newest" in script(machine, peer, "update").stdout

    place.write_bytes(downloads.simulator().content + b"# old\n")
    assert 0 == script(machine, peer, "update").returncode

    assert downloads.simulator().content == place.read_bytes()
    assert [] == list(Path(machine.home).glob(".simulator-*"))
