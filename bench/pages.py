"""What people who look at pages cost those who report: rates of job updates alone, and beside pages that are open.

    python -m bench.pages http://127.0.0.1:8080 [--pages 20] [--runs 20] [--jobs 400] [--clients 8]
        [--rounds 5]

Speaks to a running service. Each round puts the same updates on it twice, once with nobody looking and once beside
``--pages`` pages: the first one, lists of runs and jobs, queues, and that of a run which changes. Each is loaded, and
does what its scripts do in a browser (``static/pages/live.js``): it follows what it is about, and asks again for the
parts that have changed, with a pause between. Browsers draw what they are given elsewhere, so none is needed here.

Prints one line of JSON: both rates, the median slowdown of the rounds, and how often pages asked; exit code 1 when the
slowdown is above a twentieth, or an update failed. The machine must be at rest.
"""

import argparse
import http.client
import json
import random
import re
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from bench.loads.clients import Counted
from bench.loads.scenarios import document
from bench.tabs import posted, sent

BODY = re.compile(r'<body[^>]* data-topics="([^"]*)"')
PART = re.compile(r'<\w+ id="([\w-]+)"([^>]*) data-fragment')
OWN = re.compile(r'data-topics="([^"]*)"')
PATHS = ("/", "/runs/", "/jobs/", "/queue/", "/runs/{run}/?tab=jobs")
PAUSE_S, PATIENCE_S = 0.55, 30.0
MOST_SLOWER = 5.0


class Page:
    """A page that is open: one thread hears of what has changed, another asks for it."""

    def __init__(self, url: str, path: str) -> None:
        address = urlsplit(url)
        self.to, self.path = (address.hostname or "", address.port or 80), path
        self.due: set[str] = set()
        self.lock = threading.Lock()
        self.asked = 0
        self.etags: dict[str, str] = {}
        self.changed, self.ended, self.live = threading.Event(), threading.Event(), threading.Event()
        html = self._get(path)[0].decode()
        found = BODY.search(html)
        self.topics = self._split(found[1]) if found else []
        self.parts = {part: self._own(rest) for part, rest in PART.findall(html)}
        for work in (self._listen, self._ask):
            threading.Thread(target=work, daemon=True).start()

    def _own(self, attributes: str) -> list[str]:
        found = OWN.search(attributes)
        return self._split(found[1]) if found else self.topics

    def _split(self, topics: str) -> list[str]:
        return [unquote(each) for each in topics.split()]

    def _get(self, path: str, **headers: str) -> tuple[bytes, str]:
        connection = http.client.HTTPConnection(*self.to, timeout=60)
        try:
            connection.request("GET", path, headers={"Accept": "text/html", **headers})
            answer = connection.getresponse()
            if answer.status not in (200, 304):
                raise ConnectionError(f"{path}: {answer.status}")
            return answer.read(), answer.getheader("ETag") or ""
        finally:
            connection.close()

    def _listen(self) -> None:
        connection = http.client.HTTPConnection(*self.to, timeout=60)
        # One topic alone would be a channel of the same name.
        wanted = [*self.topics, "nodes"] if self.topics == ["queue"] else self.topics
        topics = ",".join(quote(each, safe="") for each in wanted)
        connection.request("GET", f"/events/stream?topics={quote(topics)}&age=2")
        for line in connection.getresponse():
            if self.ended.is_set():
                break
            if line.startswith(b"event: beat"):
                self.live.set()
            if not line.startswith(b'data: {"topic"'):
                continue
            topic = json.loads(line[6:])["topic"]
            with self.lock:
                self.due |= {part for part, topics in self.parts.items() if topic in topics}
            self.changed.set()
        connection.close()

    def _ask(self) -> None:
        while not self.ended.is_set():
            if not self.changed.wait(0.2):
                continue
            self.changed.clear()
            with self.lock:
                wanted, self.due = ",".join(sorted(self.due)), set()
            begun = time.monotonic()
            if wanted:
                tag = {"If-None-Match": self.etags[wanted]} if wanted in self.etags else {}
                query = f"{'&' if '?' in self.path else '?'}fragment={quote(wanted)}"
                self.etags[wanted] = self._get(f"{self.path}{query}", **tag)[1]
                self.asked += 1
            took = time.monotonic() - begun
            self.ended.wait(max(PAUSE_S - took, took))


@contextmanager
def opened(url: str, run: str, many: int) -> Iterator[list[Page]]:
    """Give so many pages, each of which hears of what happens."""
    pages = [Page(url, PATHS[at % len(PATHS)].format(run=run)) for at in range(many)]
    try:
        for page in pages:
            if not page.live.wait(PATIENCE_S):
                raise ConnectionError(f"{page.path} hears nothing: is live_connections large enough?")
        yield pages
    finally:
        for page in pages:
            page.ended.set()


def updates(said: argparse.Namespace, keys: list[tuple[str, int]], status: str) -> Counted:
    """Report on each job of all runs once, in no order."""
    requests = [("PUT", f"/runs/{run}/jobs/{key}/", document(key, status)) for run, key in keys]
    return sent(said.url, requests, said.clients)


def measure(said: argparse.Namespace) -> dict[str, Any]:
    """Return the figures."""
    runs = [f"bench-pages-{int(time.time())}-{number}" for number in range(said.runs)]
    for run in runs:
        posted(said.url, run, said.jobs, said.clients)
    keys = [(run, key) for run in runs for key in range(said.jobs)]
    random.Random(said.jobs).shuffle(keys)
    rates: dict[bool, list[float]] = {False: [], True: []}
    asked = failed = 0
    # The first one warms everything up, and is not counted.
    updates(said, keys, "running")
    for number in range(said.rounds):
        for at, watched in enumerate((number % 2 == 0, number % 2 == 1)):
            with opened(said.url, runs[0], said.pages if watched else 0) as pages:
                before = sum(page.asked for page in pages)
                found = updates(said, keys, ("waiting", "running")[at])
                asked += sum(page.asked for page in pages) - before
            rates[watched].append(len(found.seconds) / found.wall_s)
            failed += len(found.errors)
    slower = [1 - beside / alone for alone, beside in zip(rates[False], rates[True], strict=True)]
    return {
        "pages": said.pages,
        "alone_per_s": [round(each, 1) for each in rates[False]],
        "beside_per_s": [round(each, 1) for each in rates[True]],
        "slower_percent": round(100 * statistics.median(slower), 1),
        "asked": asked,
        "failed": failed,
    }


def main() -> int:
    """Do what the command line says; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    for name, usual in (("pages", 20), ("runs", 20), ("jobs", 400), ("clients", 8), ("rounds", 5)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    found = measure(parser.parse_args())
    print(json.dumps(found))
    return 1 if found["failed"] or found["slower_percent"] > MOST_SLOWER else 0


if __name__ == "__main__":
    sys.exit(main())
