"""The parts of a lab that teuthology talks to besides the results server, as small stand-ins.

teuthology is not changed in any way. What it needs around it is given by its own configuration:

* ``Queue``: the eleven beanstalkd commands that teuthology-schedule, teuthology-queue and teuthology-kill send.
* ``Provisioner``: a Pelagos server. It parks machines (so that giving one back does not wait half a minute for
  ssh) and refuses to install anything (so that a failed reimage can be told).
* ``git`` and ``ipmitool``: scripts. One answers ``git ls-remote`` for teuthology-suite, the other is a mute console.
* ``home``: a home directory with a ``.teuthology.yaml`` that names all of them and the server under test.
"""

import http.server
import itertools
import pathlib
import socketserver
import threading
import urllib.parse

import archive
import yaml

CUSTOM = "import gc\n\ngc.disable()\n"


class Tubes:
    """The jobs of all tubes, shared by the connections."""

    def __init__(self, first: int) -> None:
        self.lock = threading.Lock()
        self.numbers = itertools.count(first)
        self.jobs: dict[int, dict] = {}  # number -> tube, pri, body, holder (a connection, or None while ready)

    def ready(self, tubes: set[str]) -> list[tuple[int, int]]:
        """Priority and number of the jobs that may be reserved from these tubes."""
        return [(job["pri"], n) for n, job in self.jobs.items() if job["tube"] in tubes and job["holder"] is None]


class Conversation(socketserver.StreamRequestHandler):
    """One beanstalkd connection. Source of the commands: beanstalkd, doc/protocol.txt."""

    def handle(self) -> None:
        """Answer commands until the client leaves; what it still holds becomes ready again."""
        self.used, self.watched = "default", {"default"}
        while line := self.rfile.readline():
            name, *words = line.decode().split()
            if name == "quit":
                break
            with self.server.tubes.lock:
                self.wfile.write(getattr(self, name.replace("-", "_"))(*words))
        with self.server.tubes.lock:
            for job in self.server.tubes.jobs.values():
                if job["holder"] is self:
                    job["holder"] = None

    @staticmethod
    def with_body(head: str, body: bytes) -> bytes:
        """An answer that carries data."""
        return f"{head} {len(body)}\r\n".encode() + body + b"\r\n"

    def put(self, priority: str, _delay: str, _ttr: str, size: str) -> bytes:
        """Store a job in the tube in use."""
        body = self.rfile.read(int(size) + 2)[:-2]
        number = next(self.server.tubes.numbers)
        self.server.tubes.jobs[number] = {"tube": self.used, "pri": int(priority), "body": body, "holder": None}
        return f"INSERTED {number}\r\n".encode()

    def use(self, tube: str) -> bytes:
        """Choose the tube for ``put``."""
        self.used = tube
        return f"USING {tube}\r\n".encode()

    def watch(self, tube: str) -> bytes:
        """Add a tube for ``reserve``."""
        self.watched.add(tube)
        return f"WATCHING {len(self.watched)}\r\n".encode()

    def ignore(self, tube: str) -> bytes:
        """Take a tube from those for ``reserve``."""
        self.watched.discard(tube)
        return f"WATCHING {len(self.watched)}\r\n".encode()

    def stats_tube(self, tube: str) -> bytes:
        """Count the ready jobs of a tube."""
        ready = len(self.server.tubes.ready({tube}))
        return self.with_body("OK", f"---\nname: {tube}\ncurrent-jobs-ready: {ready}\npause: 0\n".encode())

    def reserve_with_timeout(self, _seconds: str) -> bytes:
        """Hand out the most urgent job; nothing arrives while a test waits, so it need not wait."""
        ready = self.server.tubes.ready(self.watched)
        if not ready:
            return b"TIMED_OUT\r\n"
        _, number = min(ready)
        job = self.server.tubes.jobs[number]
        job["holder"] = self
        return self.with_body(f"RESERVED {number}", job["body"])

    def stats_job(self, number: str) -> bytes:
        """Tell about a job."""
        job = self.server.tubes.jobs.get(int(number))
        if job is None:
            return b"NOT_FOUND\r\n"
        return self.with_body("OK", f"---\nid: {number}\ntube: {job['tube']}\npri: {job['pri']}\n".encode())

    def delete(self, number: str) -> bytes:
        """Remove a job."""
        return b"NOT_FOUND\r\n" if self.server.tubes.jobs.pop(int(number), None) is None else b"DELETED\r\n"


class Queue(socketserver.ThreadingTCPServer):
    """beanstalkd on a free port of this host."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.tubes = Tubes(archive.FIRST_JOB)


class Pelagos(http.server.BaseHTTPRequestHandler):
    """Parks machines, refuses to install anything else."""

    def do_POST(self) -> None:
        """Answer ``POST /node/provision``."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        parked = urllib.parse.parse_qs(body)["os"] == ["maintenance_image"]
        self.send_response(200 if parked else 500)
        self.end_headers()
        self.wfile.write(b"parked" if parked else b"no such image")

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


class Provisioner(http.server.ThreadingHTTPServer):
    """A Pelagos server on a free port of this host."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Pelagos)


def serve(server: socketserver.BaseServer) -> int:
    """Serve from a thread for as long as the process lives, and return the port."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def home(directory: pathlib.Path, url: str) -> pathlib.Path:
    """Start the stand-ins and make the home directory that leads teuthology to them and to the server at ``url``."""
    directory.mkdir()
    settings = {
        "archive_base": str(directory / "archive"),
        "default_machine_type": "smithi",
        "lab_domain": archive.LAB,
        "lock_server": url,
        "pelagos": {"endpoint": f"http://127.0.0.1:{serve(Provisioner())}/", "machine_types": ["smithi"]},
        "queue_host": "127.0.0.1",
        "queue_port": serve(Queue()),
        "reserve_machines": 1,
        "results_server": url,
        "results_ui_server": "http://pulpito.lab.test/",
        "suite_verify_ceph_hash": False,
        "watchdog_interval": 1,
    }
    (directory / ".teuthology.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    (directory / "site").mkdir()
    (directory / "site" / "sitecustomize.py").write_text(CUSTOM, encoding="utf-8")
    (directory / "bin").mkdir()
    for name, line in (("git", f'[ "$1" = ls-remote ] && echo {archive.TEUTHOLOGY_SHA1} "$3"'), ("ipmitool", "true")):
        script = directory / "bin" / name
        script.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        script.chmod(0o755)
    return directory
