"""``pecan import_nodes``: machines taken over from an old lock server, over HTTP."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.client import Client
from tests.commands.conftest import Pecan
from tests.factories import make_node, names_of, node_of

HOST = {
    "name": "ubuntu@mira001.lab",
    "type": "mira",
    "arch": "x86_64",
    "distro": "ubuntu",
    "up": 1,
    "mac": "AA:BB:CC:DD:EE:FF",
    "sshpubkey": "ssh-rsa AAAA",
    "locked": 1,
    "locked_by": "me@there",
    "locked_since": "2013-10-22T03:00:02",
    "description": "mine",
    "vpshost": None,
    "cpu": 8,
}
GUEST = {"name": "ubuntu@vpm001.lab", "type": "vps", "up": 0, "mac": None, "locked": 0, "vpshost": "mira001",
         "locked_by": "who had it last", "locked_since": "2013-10-21T03:00:02"}  # fmt: skip

Serve = Callable[..., str]


@pytest.fixture
def old_server() -> Iterator[Serve]:
    """Return a function that lets an old lock server answer something, and returns its address."""
    answer: dict[str, Any] = {"code": 200, "body": b""}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answer["code"])
            self.end_headers()
            self.wfile.write(answer["body"])

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()

    def serve(said: Any, *, code: int = 200) -> str:
        answer.update(code=code, body=said if isinstance(said, bytes) else json.dumps(said).encode())
        return f"http://127.0.0.1:{server.server_port}/locker/lock"

    yield serve
    server.shutdown()
    thread.join()
    server.server_close()


def test_nodes_are_copied(client: Client, pecan: Pecan, old_server: Serve) -> None:
    """Names without the user, addresses in small letters, locks with their owner, hosts by their short name."""
    printed = pecan("import_nodes", "--url", old_server([GUEST, HOST]))

    assert printed == "Found 2 nodes to import\n2 created, 0 updated, 0 unchanged, 1 hosts set\n"
    host = node_of(client, "mira001.lab")
    assert host == {
        "name": "mira001.lab",
        "description": "mine",
        "up": True,
        "machine_type": "mira",
        "is_vm": False,
        "vm_host": None,
        "os_type": "ubuntu",
        "os_version": None,
        "arch": "x86_64",
        "locked": True,
        "locked_since": "2013-10-22 03:00:02",
        "locked_by": "me@there",
        "mac_address": "aa:bb:cc:dd:ee:ff",
        "ssh_pub_key": "ssh-rsa AAAA",
    }
    guest = node_of(client, "vpm001.lab")
    assert (guest["is_vm"], guest["up"], guest["vm_host"]["name"]) == (True, False, "mira001.lab")
    assert (guest["locked"], guest["locked_by"], guest["locked_since"]) == (False, None, None)


def test_a_second_run_updates_nothing_twice(pecan: Pecan, old_server: Serve) -> None:
    """What is there already is left alone."""
    url = old_server([GUEST, HOST])
    pecan("import_nodes", "--url", url)

    assert pecan("import_nodes", "--url", url).endswith("0 created, 0 updated, 2 unchanged, 0 hosts set\n")


def test_what_changed_is_updated(client: Client, pecan: Pecan, old_server: Serve) -> None:
    """The old server is right; what it does not mention stays."""
    make_node(client, "mira001.lab", machine_type="special", os_version="22.04", arch="arm64")

    printed = pecan("import_nodes", "--url", old_server([HOST]))

    node = node_of(client, "mira001.lab")
    assert printed.endswith("0 created, 1 updated, 0 unchanged, 0 hosts set\n")
    assert (node["machine_type"], node["arch"], node["os_version"]) == ("mira", "x86_64", "22.04")


def test_times_are_of_the_configured_zone(client: Client, pecan: Pecan, old_server: Serve, config_file: Path) -> None:
    """The old server wrote the time of its own clock."""
    config_file.write_text(config_file.read_text() + "timezone = 'America/Los_Angeles'\n")

    pecan("import_nodes", "--url", old_server([HOST]))

    assert node_of(client, "mira001.lab")["locked_since"] == "2013-10-22 10:00:02"


def test_more_than_a_batch_is_copied(client: Client, pecan: Pecan, old_server: Serve) -> None:
    """However many there are."""
    pecan("import_nodes", "--url", old_server([{"name": f"u@n{number}"} for number in range(250)]))

    assert len(client.get("/nodes/").json) == 250


def test_an_unknown_host_is_said_and_1(client: Client, pecan: Pecan, old_server: Serve) -> None:
    """The nodes are there all the same."""
    two = [{"name": "u@mira001.lab"}, {"name": "u@mira001.other"}]
    url = old_server([GUEST, {**GUEST, "name": "u@vpm002", "vpshost": "gone"}, *two])

    printed = pecan("import_nodes", "--url", url, code=1)

    assert "paddles: vpm001.lab: its host mira001 is one of several nodes\n" in printed
    assert "paddles: vpm002: its host gone is not a known node\n" in printed
    assert len(client.get("/nodes/").json) == 4


@pytest.mark.parametrize(
    ("said", "part"),
    [
        (b"<html>", "answers no JSON"),
        ({"nodes": []}, "not a list"),
        ([HOST, {"type": "mira"}], "node 2 of the old server's answer: name: Field required"),
        ([HOST, {"name": "u@"}], "node 2 of the old server's answer: could not find required key: 'name'"),
        ([HOST, {**GUEST, "locked_since": "lately", "locked": 1}], "node 2 of the old server's answer: locked_since"),
        ([HOST, {**GUEST, "description": "a\0b"}], "node 2 of the old server's answer: description"),
        ([HOST, 7], "node 2 of the old server's answer: node"),
    ],
)
def test_an_answer_that_makes_no_sense_is_one_line_and_1(
    client: Client, pecan: Pecan, old_server: Serve, said: Any, part: str
) -> None:
    """And nothing is written, not even what came before."""
    printed = pecan("import_nodes", "--url", old_server(said), code=1)

    assert part in printed
    assert len(printed.splitlines()) == 1
    assert names_of(client.get("/nodes/").json) == []


def test_a_server_that_refuses_is_one_line_and_1(pecan: Pecan, old_server: Serve) -> None:
    """With what it said."""
    url = old_server(b"", code=503)

    assert pecan("import_nodes", "--url", url, code=1) == f"paddles: {url} answers 503 Service Unavailable\n"


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("http://127.0.0.1:1/locker/lock", "cannot read http://127.0.0.1:1/locker/lock: [Errno 111]"),
        ("file:///etc/passwd", "file:///etc/passwd is no http:// or https:// address"),
        ("lab.example", "lab.example is no http:// or https:// address"),
        ("http://[::1", "cannot read http://[::1: Invalid IPv6 URL"),
        ("http://a b/", "cannot read http://a b/"),
    ],
)
def test_a_server_that_is_not_there_is_one_line_and_1(pecan: Pecan, url: str, part: str) -> None:
    """No traceback for an address that leads nowhere."""
    printed = pecan("import_nodes", "--url", url, code=1)

    assert part in printed
    assert len(printed.splitlines()) == 1
