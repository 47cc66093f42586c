"""What slow and hostile clients cost the others: the rate of honest clients alone, and beside each kind of nuisance.

    python -m bench.hostile [--seconds 4] [--rounds 3] [--clients 4]

Runs a service of its own. Alone and beside take turns, and the medians are compared, since machines have moods. Prints
one line of JSON; exit code 1 when a nuisance takes more than a tenth of the rate, or an honest request fails.
"""

import argparse
import contextlib
import json
import multiprocessing
import socket
import statistics
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path

from bench.torture.__main__ import START_S, free_port
from bench.torture.history import Client, History
from bench.torture.processes import Service, until

KEPT_SHARE = 0.9
MANY, SOME = 1000, 100
HEAD = b"POST /runs/hostile/jobs/ HTTP/1.1\r\nHost: x\r\n"
Address = tuple[str, int]
Nuisance = Callable[[Address, Event], None]


def idle(address: Address, stop: Event) -> None:
    """Keep a thousand connections and say nothing; replace those that are given up."""
    _hold(address, stop, MANY, b"", b"")


def slow_headers(address: Address, stop: Event) -> None:
    """Send headers letter by letter."""
    _hold(address, stop, SOME, HEAD, b"X")


def slow_bodies(address: Address, stop: Event) -> None:
    """Send bodies letter by letter."""
    _hold(address, stop, SOME, HEAD + b"Content-Length: 10000\r\n\r\n{", b" ")


def aborted_uploads(address: Address, stop: Event) -> None:
    """Begin an upload and reset the connection, twenty times a second."""
    while not stop.wait(0.05):
        with contextlib.suppress(OSError), socket.create_connection(address) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.sendall(HEAD + b"Content-Length: 1000000\r\n\r\n{" + b" " * 10_000)


def oversized_headers(address: Address, stop: Event) -> None:
    """Send headers without an end and keep the connection, twenty times a second."""
    _pile_up(address, stop, 0.05, HEAD + b"X: x\r\n" * 20_000)


def pipelining(address: Address, stop: Event) -> None:
    """Send requests behind each other and half of one more, read no answer, keep the connection, ten times a second."""
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
    _pile_up(address, stop, 0.1, (request + b"\r\n") * 3 + request)


NUISANCES: tuple[Nuisance, ...] = (idle, slow_headers, slow_bodies, aborted_uploads, pipelining, oversized_headers)


def _hold(address: Address, stop: Event, number: int, begin: bytes, more: bytes) -> None:
    socks: list[socket.socket] = []
    while not stop.is_set():
        while len(socks) < number and not stop.is_set():
            socks.append(socket.create_connection(address))
            socks[-1].sendall(begin)
            socks[-1].setblocking(False)
        stop.wait(1)
        socks = [sock for sock in socks if _still(sock, more)]
    for sock in socks:
        sock.close()


def _pile_up(address: Address, stop: Event, pause_s: float, sent: bytes) -> None:
    kept: list[socket.socket] = []
    while not stop.wait(pause_s):
        with contextlib.suppress(OSError):
            kept.append(socket.create_connection(address))
            kept[-1].sendall(sent)
    for sock in kept:
        sock.close()


def _still(sock: socket.socket, more: bytes) -> bool:
    """Send a little more; close and give up a connection that has ended."""
    try:
        if sock.recv(1000) == b"":
            raise ConnectionError
    except BlockingIOError:
        with contextlib.suppress(OSError):
            sock.send(more)
            return True
    except OSError:
        pass
    sock.close()
    return False


def rate(history: History, url: str, clients: int, seconds: float) -> float:
    """Return requests per second of honest clients."""
    done = [0] * clients
    end = time.monotonic() + seconds

    def work(number: int) -> None:
        client = Client(history, f"c{number}", url)
        job = f"/runs/honest{number}/jobs/1/"
        # From the second round on it is there.
        client.send("first", "", "POST", f"/runs/honest{number}/jobs/", {"job_id": "1"})
        while time.monotonic() < end:
            client.send("honest", "", "PUT", job, {"description": "honest", "status": "running"})
            client.send("honest", "", "GET", job)
            done[number] += 2

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / seconds


def beside(nuisance: Nuisance, address: Address, measure: Callable[[], float]) -> float:
    """Return what ``measure`` returns while a nuisance goes on."""
    # A process of its own: it must not slow down the honest clients by sharing their interpreter.
    processes = multiprocessing.get_context("spawn")
    stop = processes.Event()
    process = processes.Process(target=nuisance, args=(address, stop))
    process.start()
    # It has begun in earnest by then.
    time.sleep(3)
    try:
        return measure()
    finally:
        stop.set()
        process.join()


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="paddles-hostile-") as name:
        place = Path(name)
        place.chmod(0o711)
        service = Service(place / "home", free_port(), place / "service.log", 60)
        address = ("127.0.0.1", service.port)
        with History(place / "history.jsonl") as history:
            try:
                until(
                    lambda: Client(history, "start", service.url).send("", "", "GET", "/readyz").acknowledged, START_S
                )

                def measure() -> float:
                    return rate(history, service.url, options.clients, options.seconds)

                measure()
                shares, alone = {}, []
                for nuisance in NUISANCES:
                    pairs = [(measure(), beside(nuisance, address, measure)) for _ in range(options.rounds)]
                    alone += [before for before, _ in pairs]
                    shares[nuisance.__name__] = round(statistics.median(with_ / before for before, with_ in pairs), 2)
            finally:
                service.end()
        failed = sum(not entry.acknowledged for entry in history.entries if entry.kind == "honest")
    print(json.dumps({"alone_per_s": round(statistics.median(alone), 1), "shares": shares, "failed": failed}))
    return int(failed > 0 or min(shares.values()) < KEPT_SHARE)


if __name__ == "__main__":
    sys.exit(main())
