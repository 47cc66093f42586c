"""SIGHUP: new workers take over, and no client notices."""

import http.client
from pathlib import Path

from tests.faults.load import load
from tests.faults.servers import reload, served
from tests.waiting import until

RELOADS = 3


def test_a_reload_under_load_fails_no_request(place: Path, own_url: str) -> None:
    """Whatever was sent while workers were replaced, again and again, was answered with 200."""
    with served(place, own_url) as server, load(server.port) as clients:
        for _ in range(RELOADS):
            reload(server)
            clients.goes_on()
        assert [] == clients.wrong()


def test_workers_without_a_master_leave_the_address(place: Path, own_url: str) -> None:
    """When the master is killed, its workers end although their clients go on asking, and a new master can listen."""
    with served(place, own_url) as server:
        kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        kept.request("GET", "/healthz")
        kept.getresponse().read()
        workers = server.workers()
        server.process.kill()
        server.process.wait()

        until(lambda: gone(kept) and not any(Path(f"/proc/{pid}/fd").exists() for pid in workers))
        kept.close()

        with served(place, own_url, PADDLES_SERVER_PORT=str(server.port)) as successor:
            assert successor.answers()
            server.process = successor.process


def gone(kept: http.client.HTTPConnection) -> bool:
    """Ask once more on a kept connection; say whether the workers have hung up."""
    try:
        kept.auto_open = 0
        kept.request("GET", "/healthz")
        return kept.getresponse().read() == b""
    except (OSError, http.client.HTTPException):
        return True
