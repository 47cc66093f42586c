"""What somebody sees of a run whose jobs change quickly: an open page in headless Chromium, and many updates a second.

    python -m bench.watched http://127.0.0.1:8080 [--rate 100] [--seconds 20] [--jobs 500]

Speaks to a running service, and needs what ``make browser`` installs. Opens the page of a run's jobs, scrolls into its
middle, gives a job the focus, and reports on the jobs at the rate, each from one state to the next, until all have
ended. Prints one line of JSON: how long after the last report was answered the page showed the final state, how far the
job with the focus has moved, and how often parts of the page were asked for. Exit code 1 when that is not within 2 s,
it moved or lost the focus, or parts were asked for more than twice in any second.
"""

import argparse
import json
import sys
import threading
import time
from collections import Counter
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bench.loads.clients import Client, Counted
from bench.loads.scenarios import FINAL, document

CLIENTS = 8
MOST_S, MOST_A_SECOND, MOST_MOVED_PX = 2.0, 2, 2
PATIENCE_S = 30.0
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
SHOWN = "() => document.querySelector('#summary .counts').title"
ASKED = """() => performance.getEntriesByType('resource').filter((each) => each.name.includes('fragment='))
    .map((each) => each.startTime)"""
TOP = "(element) => element.closest('[data-row]').getBoundingClientRect().top"
FOCUSED = "() => document.activeElement.getAttribute('href')"


class Reporters:
    """Clients that report at a rate, as if each request began when it should have."""

    def __init__(self, url: str, run: str, jobs: int, rate: float, seconds: float) -> None:
        many = max(int(rate * seconds), jobs)
        # The last report on each job says how it ended.
        self.last = {key: FINAL[key % len(FINAL)] for key in range(jobs)}
        self.reports = [
            (at % jobs, self.last[at % jobs] if at >= many - jobs else ("running", "waiting")[at // jobs % 2])
            for at in range(many)
        ]
        self.url, self.run, self.rate = url, run, rate
        self.counted = Counted()
        self.ended = 0.0
        self.threads = [threading.Thread(target=self._work, args=(at,)) for at in range(CLIENTS)]

    def start(self) -> None:
        """Begin."""
        self.begun = time.monotonic()
        for thread in self.threads:
            thread.start()

    def busy(self) -> bool:
        """Say whether anything is still to be reported."""
        return any(thread.is_alive() for thread in self.threads)

    def _work(self, at: int) -> None:
        client = Client(self.url, self.counted)
        for number in range(at, len(self.reports), CLIENTS):
            time.sleep(max(0.0, self.begun + number / self.rate - time.monotonic()))
            key, status = self.reports[number]
            client.send("PUT", f"/runs/{self.run}/jobs/{key}/", document(key, status))
        self.ended = max(self.ended, time.monotonic())


def most_in_a_second(times: list[float]) -> int:
    """Return how many moments, in milliseconds, there are in the second that has most of them."""
    return max((sum(begin <= each < begin + 1000 for each in times) for begin in times), default=0)


def watched(page: Page, reporters: Reporters, middle: int) -> dict[str, Any]:
    """Have reports made while a page is open; return what became of it."""
    href = f"/runs/{reporters.run}/jobs/{middle}/"
    link = page.locator(f"[data-row] a[href='{href}']")
    link.evaluate("(element) => element.scrollIntoView({ block: 'center' })")
    link.focus()
    page.locator("#live[data-state=live]").wait_for()
    top, before = link.evaluate(TOP), len(page.evaluate(ASKED))
    reporters.start()
    while reporters.busy():
        time.sleep(0.01)
    wanted = {(str(number), status) for status, number in Counter(reporters.last.values()).items()}
    shown = 0.0
    while not shown and time.monotonic() < reporters.ended + PATIENCE_S:
        words = page.evaluate(SHOWN).split()
        shown = time.monotonic() if wanted == set(zip(words[::2], words[1::2], strict=True)) else 0.0
    times = page.evaluate(ASKED)[before:]
    return {
        "shown_after_s": round(shown - reporters.ended, 2) if shown else None,
        "moved_px": round(abs(link.evaluate(TOP) - top), 1),
        "focus_kept": href == page.evaluate(FOCUSED),
        "parts_asked_for": len(times),
        "most_in_a_second": most_in_a_second(times),
    }


def measure(said: argparse.Namespace) -> dict[str, Any]:
    """Return the figures."""
    run = f"bench-watched-{int(time.time())}"
    reporters = Reporters(said.url, run, said.jobs, said.rate, said.seconds)
    first = Client(said.url, Counted())
    for key in range(said.jobs):
        first.send("POST", f"/runs/{run}/jobs/", document(key, "queued"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=said.chromium, args=list(ARGUMENTS))
        page = browser.new_page()
        page.goto(f"{said.url}/runs/{run}/?tab=jobs&count={said.jobs}")
        found = watched(page, reporters, said.jobs // 2)
        browser.close()
    counted = reporters.counted
    rate = len(counted.seconds) / (reporters.ended - reporters.begun)
    return {"reports": len(counted.seconds), "per_s": round(rate, 1), "failed": len(counted.errors), **found}


def main() -> int:
    """Do what the command line says; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    found = measure(parser.parse_args())
    print(json.dumps(found))
    late = found["shown_after_s"] is None or found["shown_after_s"] > MOST_S
    moved = found["moved_px"] > MOST_MOVED_PX or not found["focus_kept"]
    return 1 if late or moved or found["failed"] or found["most_in_a_second"] > MOST_A_SECOND else 0


if __name__ == "__main__":
    sys.exit(main())
