"""A server and a machine for each test."""

import os
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.agents.machine import Machine
from tests.agents.peer import Peer, serving
from tests.agents.worker import Worker
from tests.processes import open_place


@pytest.fixture
def peer() -> Iterator[Peer]:
    """A server of the protocol."""
    with serving() as found:
        yield found


@pytest.fixture
def machine(peer: Peer) -> Iterator[Machine]:
    """A machine whose programs speak to that server."""
    with open_place() as home:
        yield Machine(home, peer)


@pytest.fixture
def worker(machine: Machine, peer: Peer) -> Iterator[Worker]:
    """A machine with a worker that is not registered."""
    found = Worker(machine, peer)
    yield found
    for pid in found.processes():
        os.kill(pid, signal.SIGKILL)
    for place in (machine.home / "engine" / "containers").glob("*"):
        subprocess.run(["docker", "kill", place.name], env=machine.environment(), check=False, capture_output=True)
