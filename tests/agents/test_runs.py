"""A run, executed by the downloaded runner in a sandbox and reported over HTTP."""

import json
import re

import pytest

from tests.agents import peer as peers
from tests.agents.machine import COLD, FAILED, PASSED, REBOOTING, Machine, said
from tests.agents.peer import Peer
from tests.waiting import until


def test_a_run_passes(machine: Machine, peer: Peer) -> None:
    """Its script runs in the container at ``/``; what it prints is in the log; the statuses come in their order."""
    assert PASSED == machine.run("pwd; echo to standard error >&2; id -u")

    assert ["/", "to standard error", "0"] == said(peer)
    assert ["RUNNING", "UPLOADING", "PASSED"] == peer.statuses


def test_a_run_fails_as_its_script_does(machine: Machine, peer: Peer) -> None:
    """An exit code other than 0 is said, and what the script left is uploaded all the same."""
    assert FAILED == machine.run("echo kept >/archive/out.txt; exit 7")

    assert b"exit code 7" in peer.log
    assert {"out.txt": ("text/plain", b"kept\n")} == peer.files
    assert "FAILED" == peer.statuses[-1]


def test_the_log_begins_with_the_lines_that_reproduce_the_run(machine: Machine, peer: Peer) -> None:
    """They fetch the script that the server makes, at an address without a doubled slash, and run it."""
    machine.run("true", secrets={"tok": "s3cret-value"})

    lines = peer.log.decode().splitlines()
    assert re.fullmatch(r"== [-\d]+ [:.\d]+: Steps to recreate inside simulator", lines[0])
    assert f"    curl -fsSo simulate.sh {peer.run_url}.simulate.sh" in lines[:6]
    assert "    sh simulate.sh" in lines[:6]
    assert any("TODO" in line for line in lines[:6])


@pytest.mark.parametrize(
    "faults",
    [
        [peers.LOST, peers.LOST],
        [peers.UNANSWERED],
        [peers.UNANSWERED, peers.UNANSWERED, peers.LOST],
        [500, peers.UNANSWERED, 429],
    ],
)
def test_every_byte_is_in_the_log_once(machine: Machine, peer: Peer, faults: list[str | int]) -> None:
    """However requests and answers are lost, the log holds what was printed, in order, once."""
    peer.faults = faults
    lines = [f"line {number}" for number in range(3000)]

    assert PASSED == machine.run('i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i+1)); done')

    assert lines == said(peer)
    assert ["RUNNING", "UPLOADING", "PASSED"] == peer.statuses
    assert [] == peer.faults


def test_bytes_that_are_no_text_come_through(machine: Machine, peer: Peer) -> None:
    """The log is bytes: neither NUL nor what is no UTF-8 changes on its way."""
    assert PASSED == machine.run(r"printf '\000\377\376 caf\351 \033[1m\r\n'; head -c 70000 /dev/zero")

    assert b"\x00\xff\xfe caf\xe9 \x1b[1m\r\n" + bytes(70000) in peer.log


def test_a_run_that_is_cancelled_ends(machine: Machine, peer: Peer) -> None:
    """The container is killed by its name, nothing is uploaded, and FAILED is reported."""
    process = machine.start(machine.rundef("echo >/archive/x; while :; do head -c 2000 /dev/zero; sleep 0.1; done"))
    until(lambda: len(peer.log) > 2000)

    peer.cancelled = True

    assert FAILED == machine.end(process)
    assert b"cancelled" in peer.log
    assert "FAILED" == peer.statuses[-1]
    assert {} == peer.files
    name = machine.call("run")[machine.call("run").index("--name") + 1]
    assert ["kill", name] == machine.call("kill")


def test_a_run_whose_key_is_no_longer_good_stops(machine: Machine, peer: Peer) -> None:
    """Somebody else has the run now: the container is killed, and nothing more is said."""
    process = machine.start(machine.rundef("while :; do head -c 2000 /dev/zero; sleep 0.1; done"))
    until(lambda: len(peer.log) > 2000)

    peer.key = "the-key-of-another-attempt-abcdefgh"

    assert FAILED == machine.end(process)
    assert ["RUNNING"] == peer.statuses
    assert "kill" == machine.call("kill")[0]


def test_a_run_ends_when_its_time_is_over(machine: Machine, peer: Peer) -> None:
    """The container is killed, what it left is uploaded, and the run failed."""
    script = "echo begun >/archive/out.txt; echo begun; while :; do sleep 0.1; done"

    assert FAILED == machine.run(script, timeout=0.03)

    assert ["begun"] == [line for line in said(peer) if line == "begun"]
    assert b"did not end within its 0.03 minutes" in peer.log
    assert "out.txt" in peer.files
    assert "FAILED" == peer.statuses[-1]
    assert "kill" == machine.call("kill")[0]


@pytest.mark.parametrize(("file", "code"), [("execute-on-reboot", REBOOTING), ("execute-on-cold-reboot", COLD)])
def test_a_run_goes_on_after_a_reboot(machine: Machine, peer: Peer, file: str, code: int) -> None:
    """The script that it left runs after the boot, with the same folders; the log goes on where it was."""
    later = "#!/bin/sh\\necho after; cat /archive/kept\\n"
    rundef = machine.rundef(f"echo before; echo kept >/archive/kept; printf '{later}' >/archive/{file}")

    assert code == machine.execute(rundef)
    assert ["RUNNING"] == peer.statuses
    assert PASSED == machine.execute(rundef)

    words = [line for line in peer.log.decode().splitlines() if line in ("before", "after", "kept")]
    assert ["before", "after", "kept"] == words
    assert {"kept"} == set(peer.files)
    assert ["RUNNING", "UPLOADING", "PASSED"] == peer.statuses


def test_a_script_that_turned_into_a_link_is_not_written_through(machine: Machine) -> None:
    """What a container made of its script before a reboot leads nowhere on the machine."""
    victim = machine.home / "victim"
    victim.write_text("as it was")
    later = "printf '#!/bin/sh\\ntrue\\n' >/archive/execute-on-reboot"
    rundef = machine.rundef(f"rm /script-repo/do_run; ln -s {victim} /script-repo/do_run; {later}")

    assert REBOOTING == machine.execute(rundef)
    assert PASSED == machine.execute(rundef)

    assert "as it was" == victim.read_text()


def test_progress_is_told(machine: Machine, peer: Peer) -> None:
    """What the project's pattern finds is sent along; a pattern that takes for ever is left out and said."""
    pattern = {"progress-pattern": r"step (?P<current>\d+) of (?P<total>\d+)"}
    assert PASSED == machine.run("echo step 3 of 9; head -c 2000 /dev/zero", **{"console-progress": pattern})

    assert {"current": "3", "total": "9"} == json.loads(peer.metadata[-1])


def test_a_pattern_that_takes_for_ever_is_left_out(machine: Machine, peer: Peer) -> None:
    """It is said in the log, and the run goes on."""
    slow = {"progress-pattern": r"(?P<current>(a+)+)b(?P<total>x)"}

    lines = "\n".join(["a" * 60 + "c"] * 3)
    assert PASSED == machine.run(f"printf '%s\n' '{lines}'; echo after", **{"console-progress": slow})

    assert 1 == peer.log.count(b"takes too long")
    assert "after" in said(peer)


def test_an_image_of_a_private_registry(machine: Machine, peer: Peer) -> None:
    """Its login is there for the pull alone."""
    rundef = {"container": "private.example/image", "container-auth": "registry"}

    assert PASSED == machine.run("true", **rundef, secrets={"registry": "dXNlcjpwYXNzd29yZA=="})

    assert all("DOCKER_CONFIG" not in call["env"] for call in machine.calls() if call["argv"][0] == "run")
    assert not list(machine.home.glob(".docker"))


@pytest.mark.parametrize("image", ["--privileged", "private.example/image"])
def test_a_run_without_its_image_fails(machine: Machine, peer: Peer, image: str) -> None:
    """It says why, and no container is tried: for what is no image, or when a login is named that is not there."""
    assert FAILED == machine.run("true", container=image, **({"container-auth": "x"} if "/" in image else {}))

    assert b"ERROR" in peer.log
    assert [] == machine.calls()
    assert "FAILED" == peer.statuses[-1]
