"""Large uploads on the real web server: collected without a thread and without memory, whole or not at all."""

import contextlib
import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from paddles.db import engine
from paddles.db.engine import Database
from paddles.settings import load
from paddles.web.arrival import LARGEST_BYTES
from tests.faults.servers import THREADS, WORKERS, Server, served
from tests.faults.test_clients import received, statuses
from tests.projects.held import Held, held

# More than is ever held in memory of one request.
LARGE = LARGEST_BYTES + 12_345
PIECE = b"0123456789abcdef" * 4096


@pytest.fixture
def upload_server(place: Path, own_url: str) -> Iterator[Server]:
    """A server with a file store of its own, that takes uploads of a little more than the tests send."""
    settings = {"PADDLES_FILES_DIR": str(place / "files"), "PADDLES_UPLOAD_MAX_BYTES": str(2 * LARGE)}
    with served(place, own_url, **settings) as server:
        yield server


@pytest.fixture
def job(upload_server: Server, own_url: str) -> Iterator[Held]:
    """A job that a machine was given."""
    database: Database = engine.connect(load(database_url=own_url))
    try:
        yield held(database)
    finally:
        database.dispose()


def head(server: Server, job: Held, method: str, path: str, **headers: Any) -> bytes:
    """Return the head of a request of a run."""
    said = {"Host": f"127.0.0.1:{server.port}", "Connection": "close", **job.headers}
    said |= {name.replace("_", "-"): str(value) for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode()


def ask(server: Server, sent: bytes) -> tuple[int, bytes]:
    """Send a request and return the last status and the body of the answer."""
    with server.connect(sent) as sock:
        answer = received(sock)
    return statuses(answer)[-1], answer.rpartition(b"\r\n\r\n")[2]


def place_of(server: Server, job: Held, name: str = "large.bin") -> str:
    """Return where a run may put a file."""
    body = orjson.dumps([name])
    status, said = ask(server, head(server, job, "POST", f"{job.path}create_signed", Content_Length=len(body)) + body)
    assert 200 == status, said
    url = urlsplit(orjson.loads(said)["data"]["urls"][name]["url"])
    return f"{url.path}?{url.query}"


def large() -> bytes:
    """Return the content that is sent."""
    return (PIECE * (LARGE // len(PIECE) + 1))[:LARGE]


def chunked(content: bytes, size: int) -> bytes:
    """Return content in chunks."""
    parts = [content[at : at + size] for at in range(0, len(content), size)]
    return b"".join(b"%x;x=y\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\nX-Trailer: t\r\n\r\n"


def finished(server: Server, job: Held, name: str = "large.bin") -> bytes:
    """End the run and return what it has put."""
    assert 200 == ask(server, head(server, job, "POST", job.path, X_RUN_STATUS="PASSED", Content_Length=0))[0]
    with server.connect(head(server, job, "GET", f"{job.path}{name}")) as sock:
        answer = received(sock)
    location = next(line for line in answer.split(b"\r\n") if line.lower().startswith(b"location: "))[10:].decode()
    parts = urlsplit(location)
    return ask(server, head(server, job, "GET", f"{parts.path}?{parts.query}"))[1]


def test_a_large_upload_arrives(upload_server: Server, job: Held) -> None:
    """In one piece, or in chunks of any size, of a client that asks first or does not."""
    content, where = large(), place_of(upload_server, job)
    length = {"Content_Type": "application/octet-stream", "Content_Length": LARGE}
    chunks = {"Content_Type": "application/octet-stream", "Transfer_Encoding": "chunked"}
    for headers, body in (
        (length, content),
        ({**length, "Expect": "100-continue"}, content),
        (chunks, chunked(content, 1_000_003)),
        (chunks, chunked(content, 777)),
    ):
        assert 201 == ask(upload_server, head(upload_server, job, "PUT", where, **headers) + body)[0]

    assert hashlib.sha256(content).digest() == hashlib.sha256(finished(upload_server, job)).digest()
    assert [] == os.listdir(upload_server.output.parent / "files" / "incoming")


def test_slow_uploads_take_nobodys_thread(upload_server: Server, job: Held) -> None:
    """Many large ones that stand still, and others are answered; each then arrives."""
    content, where = large(), place_of(upload_server, job)
    request = head(upload_server, job, "PUT", where, Content_Type="application/octet-stream", Content_Length=LARGE)
    with ExitStack() as stack:
        clients: list[socket.socket] = []
        for _ in range(4 * WORKERS * THREADS):
            clients.append(stack.enter_context(upload_server.connect(request + content[:100_000])))
        assert upload_server.all_threads_answer()
        for client in clients[:2]:
            client.sendall(content[100_000:])
            assert [201] == statuses(received(client))

    assert upload_server.all_threads_answer()
    assert content == finished(upload_server, job)


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"Content_Length": 3 * LARGE}, b"x", 413),
        ({"Content_Length": 10**17}, b"x", 413),
        ({"Transfer_Encoding": "chunked"}, chunked(PIECE * 1000, 500_000), 413),
        ({"Transfer_Encoding": "chunked"}, b"2000000\r\n" + PIECE * 300 + b"nonsense" * 300_000, 400),
    ],
    ids=["announced", "astronomic", "in chunks", "no chunks"],
)
def test_too_large_an_upload_is_refused(
    upload_server: Server, job: Held, headers: dict[str, Any], body: bytes, expected: int
) -> None:
    """With words or at once, and nothing of it is left."""
    where = place_of(upload_server, job)
    request = head(upload_server, job, "PUT", where, Content_Type="application/octet-stream", **headers)
    with upload_server.connect() as sock:
        # It may be refused before all of it was sent.
        with contextlib.suppress(ConnectionError):
            sock.sendall(request + body)
        assert {expected} >= set(statuses(received(sock)))
    assert upload_server.all_threads_answer()
    incoming = upload_server.output.parent / "files" / "incoming"
    assert [] == (os.listdir(incoming) if incoming.exists() else [])


def test_who_may_not_put_a_file_is_told_so_before_it_is_sent(upload_server: Server, job: Held) -> None:
    """401 to the head of the request: nothing is collected for strangers."""
    where = place_of(upload_server, job)
    sent = head(upload_server, job, "PUT", f"{where}0", Content_Type="application/octet-stream", Content_Length=LARGE)
    with upload_server.connect(sent) as sock:
        assert [401] == statuses(received(sock))


def test_an_upload_whose_client_leaves_is_forgotten(upload_server: Server, job: Held) -> None:
    """In the middle, politely or not."""
    where = place_of(upload_server, job)
    request = head(upload_server, job, "PUT", where, Content_Type="application/octet-stream", Content_Length=LARGE)
    for number in range(8):
        sock = upload_server.connect(request + PIECE)
        if number % 2:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sock.close()

    assert upload_server.all_threads_answer()
    assert 404 == ask(upload_server, head(upload_server, job, "GET", f"{job.path}large.bin"))[0]
