"""Clients that are slow, silent, rude or many: others go on being answered, and each gets an answer or an end."""

import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from paddles.web import arrival
from tests.faults.servers import JOBS, THREADS, WORKERS, Server, served

HEAD = b"PUT /runs/slow/jobs/1/ HTTP/1.1\r\nHost: x\r\n"
IDLE = 1000
# More than there are threads, by far.
SLOW = 10 * WORKERS * THREADS


def received(sock: socket.socket) -> bytes:
    """Return all that comes until the other side hangs up, however it does."""
    found = b""
    try:
        while data := sock.recv(65536):
            found += data
    except ConnectionError:
        pass
    return found


def statuses(answers: bytes) -> list[int]:
    """Return the statuses of the answers that stand behind each other."""
    return [int(part[:3]) for part in answers.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"P",
        HEAD,
        HEAD + b"Content-Length: 100\r\n\r\n",
        HEAD + b"Content-Length: 100\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        HEAD + b"Content-Length: 100\r\nExpect: 100-continue\r\n\r\n",
    ],
    ids=["silent", "one letter", "headers", "no body", "part of a body", "part of a chunk", "asked first"],
)
def test_slow_clients_take_nobodys_thread(server: Server, begun: bytes) -> None:
    """Many requests that stand still at any point, and all threads answer others at once."""
    with ExitStack() as stack:
        for _ in range(SLOW):
            stack.enter_context(server.connect(begun))

        assert server.all_threads_answer()


def test_a_thousand_idle_connections_are_nothing(server: Server) -> None:
    """They are held, and others are served; the workers stay the same."""
    workers = server.workers()
    with ExitStack() as stack:
        for _ in range(IDLE):
            stack.enter_context(server.connect())

        for _ in range(3):
            assert server.all_threads_answer()
    assert server.all_threads_answer()
    assert workers == server.workers()


def test_a_slow_request_is_answered_when_it_is_whole(server: Server) -> None:
    """Byte by byte, headers and body, and chunk by chunk."""
    body = b'{"job_id": "byte by byte"}'
    for sent in (
        b"POST /runs/slow/jobs/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
        % (len(body), body),
        b"POST /runs/slow2/jobs/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2;x=y\r\n%s\r\n%x\r\n%s\r\n0\r\nX-Trailer: t\r\n\r\n" % (body[:2], len(body) - 2, body[2:]),
    ):
        with server.connect() as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for index in range(len(sent)):
                sock.sendall(sent[index : index + 1])
            answer = received(sock)
        assert [200] == statuses(answer)
        assert b'{"job_id":"byte by byte"}' in answer


def test_whoever_asks_before_a_body_is_told_to_go_on(server: Server) -> None:
    """``Expect: 100-continue`` is answered before the body comes."""
    body = b'{"job_id": "asked"}'
    with server.connect(
        b"POST /runs/asked/jobs/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)
    ) as sock:
        assert sock.recv(65536).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        sock.sendall(body)
        assert 200 == statuses(received(sock))[-1]


def test_an_aborted_upload_leaves_nothing(server: Server) -> None:
    """Clients that hang up in the middle, politely or not, leave no job behind and no thread busy."""
    for number in range(SLOW):
        sock = server.connect(b"POST /runs/aborted/jobs/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        if number % 2:
            # A reset instead of an orderly end.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sock.close()

    assert server.all_threads_answer()
    assert 404 == server.send("GET", "/runs/aborted/")[0]


def test_pipelined_requests_are_answered_in_their_order(server: Server) -> None:
    """Whole requests behind each other, and the beginning of one more, which waits for its end."""
    number = 20
    posts = b"".join(
        b"POST /runs/pipe/jobs/ HTTP/1.1\r\nHost: x\r\nContent-Length: 17\r\n\r\n" + b'{"job_id": "%03d"}' % key
        for key in range(number)
    )
    with server.connect(posts + b"GET /runs/pipe/?fields=jobs_count HTTP/1.1\r\nHost: x\r\n") as sock:
        assert server.all_threads_answer()
        sock.sendall(b"Connection: close\r\n\r\n")
        answer = received(sock)

    assert [200] * (number + 1) == statuses(answer)
    places = [answer.find(b'"%03d"' % key) for key in range(number)]
    assert sorted(places) == places
    assert b'{"jobs_count":%d}' % number in answer


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 10_000 + b"\r\n\r\n", {431, 400}),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: x\r\n" * 200 + b"\r\n", {431, 400}),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: x\r\n" * (arrival.HEAD_BYTES // 4), {431}),
        (b"GET /" + b"x" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", {400, 414}),
        (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", {400, 505}),
        (b"\0\xff\r\n\r\n", {400}),
        (b"\r\n\r\n\r\n", {400}),
        (HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
        (HEAD + b"Content-Length: -1\r\n\r\n", {400}),
        (HEAD + b"Content-Length: 99999999999999999999\r\n\r\n", {400, 413}),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", {400}),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n\r\n", {400}),
        (HEAD + b"Content-Length: 17000000\r\n\r\n", {413}),
    ],
    ids=[
        "long header", "many headers", "endless headers", "long line", "version", "noise", "blank", "two lengths",
        "less than nothing", "astronomic", "no chunk", "chunk of less than nothing", "too large",
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused(server: Server, sent: bytes, expected: set[int]) -> None:
    """4xx, then the connection ends, or is good for another request; whoever sent it may keep its side open."""
    with ExitStack() as stack:
        for _ in range(SLOW):
            sock = stack.enter_context(server.connect())
            try:
                sock.sendall(sent)
                answer = sock.recv(65536)
            except ConnectionError:  # refused before all of it was sent
                continue
            assert set(statuses(answer)) <= expected, answer
        assert server.all_threads_answer()


def test_a_client_that_reads_nothing_keeps_its_thread_for_seconds(place: Path, own_url: str) -> None:
    """A large answer that nobody takes is given up; then the only thread there is answers others."""
    with served(place, own_url, PADDLES_WORKER_COUNT="1", PADDLES_THREADS="1") as server:
        for key in range(8):
            document = {"job_id": str(key), "overrides": "x" * 1_000_000}
            assert 200 == server.send("POST", JOBS, document)[0]
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.connect(("127.0.0.1", server.port))
            sock.sendall(b"GET /runs/r/jobs/ HTTP/1.1\r\nHost: x\r\n\r\n")
            assert sock.recv(1)

            assert server.answers()
