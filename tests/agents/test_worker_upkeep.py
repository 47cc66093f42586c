"""How a worker keeps itself and its machine: newer ones, dead runs, boots, volumes; and what it tells the server."""

import hashlib
import os
import signal
import subprocess
import sys

import pytest

from paddles.projects import downloads
from tests.agents.machine import PATIENCE_S
from tests.agents.peer import Peer
from tests.agents.worker import HELD, Worker, go, shared
from tests.processes import alive, children
from tests.waiting import until


def test_a_newer_worker_is_taken(worker: Worker, peer: Peer) -> None:
    """The script replaces itself by what the server has, as one that can be executed, and only once."""
    worker.register()
    peer.worker = newer(downloads.worker().content + b"\n# newer\n")
    worker.do("check")

    assert peer.worker.content == worker.script.read_bytes()
    assert 0o755 == worker.script.stat().st_mode & 0o777
    before = worker.script.stat().st_ino
    worker.do("check")
    assert before == worker.script.stat().st_ino


@pytest.mark.parametrize("content", [b"def broken(:\n", b"\x00", "# caf\xe9".encode("latin-1")])
def test_a_newer_worker_that_is_no_program_is_not_taken(worker: Worker, peer: Peer, content: bytes) -> None:
    """The one that works stays, and says so."""
    worker.register()
    peer.worker = newer(content)

    assert "is not taken" in worker.do("check")
    assert downloads.worker().content == worker.script.read_bytes()


def test_a_newer_worker_that_is_not_the_one_announced(worker: Worker, peer: Peer) -> None:
    """Half of an update is none."""
    worker.register()
    peer.worker = downloads.Script(b"print('else')\n", "0" * 32)

    assert "stays" in worker.do("check")
    assert downloads.worker().content == worker.script.read_bytes()


def newer(content: bytes) -> downloads.Script:
    """Return a script with its version."""
    return downloads.Script(content, hashlib.md5(content).hexdigest())


def test_a_run_whose_process_was_killed_is_handed_back(worker: Worker, peer: Peer) -> None:
    """The next check ends its container, gives the run back to the server and has its slot free."""
    worker.register()
    peer.rundefs = [shared(worker, f"echo begun; {HELD}")]
    worker.do("check")
    containers = worker.home / "engine" / "containers"
    until(lambda: [place for place in containers.glob("*") if place.read_text()])
    inside = int(next(containers.glob("*")).read_text())
    process = next(pid for pid in worker.processes())

    os.kill(process, signal.SIGKILL)
    until(lambda: not alive(process))
    assert alive(inside)
    worker.do("check")

    until(lambda: not alive(inside))
    assert ["RUNNING", "QUEUED"] == peer.statuses
    assert b"died on its worker" in peer.log
    assert [] == worker.runs()
    assert "1" == worker.available()[-1]
    assert not children(process)


def test_a_run_goes_on_when_the_machine_was_booted(worker: Worker, peer: Peer) -> None:
    """The command of its settings boots the machine. Until it did, nothing is asked for; then the run goes on."""
    worker.register()
    settings = worker.home / "settings.conf"
    settings.write_text(
        settings.read_text().replace("[worker]", f"[worker]\nreboot_command = touch {worker.home}/boots")
    )
    later = "printf '#!/bin/sh\\necho after\\n' >/archive/execute-on-reboot"
    peer.rundefs = [worker.machine.rundef(f"echo before; {later}")]
    worker.do("check")
    until((worker.home / "boots").exists)
    until(lambda: not worker.processes())

    worker.do("check")
    assert "0" == worker.available()[-1]
    assert ["RUNNING"] == peer.statuses

    # As a boot leaves it: the marker names another one.
    (worker.runs()[0] / "rebooting").write_text("the boot before")
    worker.do("check")
    until(lambda: peer.statuses[-1:] == ["PASSED"])
    assert peer.log.index(b"\nbefore\n") < peer.log.index(b"\nafter\n")
    until(lambda: not worker.runs())


def test_a_machine_that_cannot_be_booted(worker: Worker, peer: Peer) -> None:
    """The run fails and says so; the worker goes on."""
    worker.register()
    settings = worker.home / "settings.conf"
    settings.write_text(settings.read_text().replace("[worker]", "[worker]\nreboot_command = false"))
    peer.rundefs = [worker.machine.rundef("printf '#!/bin/sh\\n' >/archive/execute-on-reboot")]
    worker.do("check")

    until(lambda: peer.statuses[-1:] == ["FAILED"])
    assert b"cannot be booted" in peer.log
    until(lambda: not worker.runs())


def test_loop(worker: Worker, peer: Peer) -> None:
    """It checks at once and ends when it is told to; a run that it began goes on."""
    worker.register()
    peer.rundefs = [shared(worker, HELD)]
    command = [sys.executable, str(worker.script), "loop"]
    environment = worker.machine.environment()
    with (worker.home / "loop").open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    until(peer.checked_in)
    until(lambda: len(worker.runs()) == 1 and (worker.runs()[0] / "container").exists())

    process.terminate()

    assert 0 == process.wait(PATIENCE_S)
    go(worker)
    until(lambda: peer.statuses[-1:] == ["PASSED"])
    until(lambda: not worker.runs())


def test_unregistering(worker: Worker, peer: Peer) -> None:
    """The server forgets the worker, and the worker its key."""
    worker.register()
    worker.do("unregister")

    assert "DELETE" == peer.workers[-1][0]
    assert not (worker.home / "settings.conf").exists()


@pytest.mark.parametrize(("code", "kind"), [(0, "success"), (3, "error")])
def test_cronwrap(worker: Worker, peer: Peer, code: int, kind: str) -> None:
    """The server is told how a script went and what it printed; the exit code is the script's."""
    worker.register()
    script = worker.home / "job"
    script.write_text(f"#!/bin/sh\nprintf 'out \\377'; echo err >&2; exit {code}\n")
    script.chmod(0o755)
    worker.do("cronwrap", str(script), code=code)

    method, path, _, event = peer.workers[-1]
    assert ("POST", "/workers/w1/events/") == (method, path)
    assert (kind, "out \ufffderr\n") == (event["type"], event["msg"])
    assert str(script) in event["title"]


def test_volumes_of_projects_that_are_gone(worker: Worker, peer: Peer) -> None:
    """The server says which; a dry run keeps them."""
    worker.register()
    for name in ("gone", "there"):
        (worker.home / "volumes" / name / "cache").mkdir(parents=True)

    assert "would remove" in worker.do("gc-volumes", "--dryrun")
    assert (worker.home / "volumes" / "gone").exists()
    worker.do("gc-volumes")

    assert {"directories": ["gone", "there"]} == peer.workers[-1][3]
    assert ["there"] == [path.name for path in (worker.home / "volumes").iterdir()]


def test_uploading_a_log(worker: Worker, peer: Peer) -> None:
    """What is read from standard input is kept at the server, packed on its way."""
    worker.register()
    worker.do("upload", said=b"line\xff\n")

    method, path, _, content = peer.workers[-1]
    assert ("PUT", "/workers/w1/logs/", b"line\xff\n") == (method, path, content)
