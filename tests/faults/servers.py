"""gunicorn with the configuration that is shipped, on a port of its own, and plain ways to speak to it."""

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.processes import ROOT, children, environment
from tests.waiting import until

WORKERS = 2
THREADS = 2
PATIENCE_S = 30
JOBS = "/runs/r/jobs/"

Answer = tuple[int, dict[str, str], bytes]


class Server:
    """A running gunicorn."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, output: Path) -> None:
        self.process, self.port, self.output = process, port, output

    def send(self, method: str, path: str, body: Any = None) -> Answer:
        """Send one request on a connection of its own; return status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def connect(self, data: bytes = b"") -> socket.socket:
        """Return a connection on which ``data`` has been sent."""
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        sock.sendall(data)
        return sock

    def workers(self) -> set[int]:
        """Return the worker processes."""
        return children(self.process.pid)

    def answers(self) -> bool:
        """Say whether it answers."""
        try:
            return self.send("GET", "/healthz")[0] == 200
        except OSError:
            return False

    def all_threads_answer(self) -> bool:
        """Say whether more requests at once than there are threads are all answered."""
        number = 4 * WORKERS * THREADS
        with ThreadPoolExecutor(number) as pool:
            answers = list(pool.map(lambda _: self.send("GET", "/runs/"), range(number)))
        return [200] * number == [status for status, _, _ in answers]


def reload(*servers: Server) -> None:
    """Have every worker replaced, and wait until that is done."""
    old = {server: server.workers() for server in servers}
    for server in servers:
        server.process.send_signal(signal.SIGHUP)
    for server in servers:
        until(lambda server=server: len(new := server.workers()) == WORKERS and not new & old[server], 60)


@contextmanager
def served(place: Path, url: str, checkout: Path = ROOT, **settings: str) -> Iterator[Server]:
    """Run the server of a checkout on the database ``url``; at its end it has complained of nothing unexpected."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    known = {
        "DATABASE_URL": url,
        "PADDLES_CONFIG": str(checkout / "config.py.in"),
        "PADDLES_SERVER_PORT": str(port),
        "PADDLES_WORKER_COUNT": str(WORKERS),
        "PADDLES_THREADS": str(THREADS),
        **settings,
    }
    port = int(known["PADDLES_SERVER_PORT"])
    gunicorn = Path(sys.executable).with_name("gunicorn")
    output = place / "gunicorn.log"
    with output.open("wb") as log:
        process = subprocess.Popen(
            [str(gunicorn), "-c", str(checkout / "gunicorn_config.py"), "paddles.wsgi:application"],
            cwd=place,
            env=environment(checkout, **known),
            stdout=log,
            stderr=log,
        )
    server = Server(process, port, output)
    try:
        until(lambda: server.answers() and len(server.workers()) == int(known["PADDLES_WORKER_COUNT"]))
        yield server
    finally:
        server.process.send_signal(signal.SIGQUIT)
        server.process.wait(PATIENCE_S)
    assert "Traceback" not in output.read_text()
