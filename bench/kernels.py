"""Fill a database with kernels as labs build, boot and test them, and time what people ask about them, over HTTP.

python -m bench.kernels fill postgresql://... --jobs 100000 --cases 5000000
python -m bench.kernels ask http://127.0.0.1:8080
"""

import argparse
import datetime
import http.client
import io
import itertools
import json
import random
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg2

BATCH = 2_000
DAYS = 60
TREES = ("mainline", "next", "stable", "stable-rc", "media", "net-next", "tip", "android", "arm64", "renesas")
BRANCHES = ("master", "for-next")
DEFCONFIGS = ("defconfig", "allmodconfig", "multi_v7_defconfig", "defconfig+kselftest", "x86_64_defconfig")
COMPILERS = ("gcc-12", "gcc-14", "clang-18")
LABS = tuple(
    f"lab-{name}"
    for name in (
        "collabora",
        "broonie",
        "cip",
        "clabbe",
        "kontron",
        "qualcomm",
        "baylibre",
        "drue",
        "mhart",
        "theobroma",
    )
)
BOARDS = tuple((f"board-{number}", ("arm64", "arm", "x86_64", "riscv")[number % 4]) for number in range(60))
PLANS = ("baseline", "kselftest", "ltp", "kunit", "boot-nfs")
SUITES = ("lava", "0_dmesg", "1_bootrr", "2_ltp-syscalls", "3_kselftest")
RESULTS = ("pass",) * 17 + ("fail", "fail", "unknown")
CASES = ("pass",) * 18 + ("fail", "skip")
OUTCOMES = ("pass", "fail", "error", "skip", "unknown")
ROUNDS = 21
TABLES: Mapping[str, Sequence[str]] = {
    "runs": "id name suite branch username scheduled posted finished n_pass".split(),
    "jobs": "id run_id key kind status suite branch posted updated finished document answer".split(),
    "kernel_builds": (
        "job_id tree branch kernel git_describe git_commit arch defconfig defconfig_full build_environment result"
        " errors warnings duration_s kernel_image_size created updated document"
    ).split(),
    "kernel_boots": (
        "job_id tree branch kernel git_describe git_commit arch defconfig defconfig_full build_environment lab board"
        " plan external_id result duration_s happened details"
    ).split(),
    "tests": ["id", "job_id", "name", "context", "status", "stored", *(f"n_{outcome}" for outcome in OUTCOMES)],
    "cases": ["test_id", "name", "status"],
    "log_lines": ["job_id", "line", "level", "at", "message"],
}


class Labs:
    """Where the rows come from: a tenth of the jobs are builds, all others boots, each with suites of cases."""

    def __init__(self, jobs: int, cases: int) -> None:
        self.jobs = jobs
        self.each = max(cases * 10 // (jobs * 9 * len(SUITES)), 1)
        self.dice = random.Random(1)
        self.runs: dict[tuple[str, ...], int] = {}
        self.tests = itertools.count(1)
        self.begin = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=DAYS)

    def rows(self) -> Iterator[tuple[str, list[Any]]]:
        """Yield tables and their rows, what others refer to first."""
        for number in range(1, self.jobs + 1):
            at = self.begin + datetime.timedelta(days=DAYS) * (number / self.jobs)
            yield from self.job(number, at)

    def job(self, number: int, at: datetime.datetime) -> Iterator[tuple[str, list[Any]]]:
        """Yield a job and all that stands beside it."""
        board, arch = self.dice.choice(BOARDS)
        tree, branch, plan = self.dice.choice(TREES), self.dice.choice(BRANCHES), self.dice.choice(PLANS)
        kernel = f"v6.{(at - self.begin).days}-{tree}-g{abs(hash((tree, branch))) % 2**32:08x}"
        builds = number % 10 == 0
        run = (tree, branch, kernel, "build" if builds else plan)
        if run not in self.runs:
            self.runs[run] = len(self.runs) + 1
            yield "runs", [self.runs[run], "/".join(run), tree, branch, "bench", at, at, at, 1]
        document = json.dumps({"name": f"job-{number}"})
        yield (
            "jobs",
            [number, self.runs[run], f"job-{number}", "outside", "pass", tree, branch, at, at, at, document, document],
        )
        config = self.dice.choice(DEFCONFIGS)
        revision = [tree, branch, kernel, kernel, f"{number:040x}", arch, config, config, self.dice.choice(COMPILERS)]
        result, took = self.dice.choice(RESULTS), self.dice.random() * 100
        if builds:
            size = self.dice.randrange(10**7, 2 * 10**7)
            yield "kernel_builds", [number, *revision, result, number % 3, number % 7, took, size, at, at, "{}"]
            return
        lab = self.dice.choice(LABS)
        yield "kernel_boots", [number, *revision, lab, board, plan, str(number), result, took, at, "{}"]
        yield from self.suites(number, at)
        if result == "fail":
            yield "log_lines", [number, 100, "error", at, f"Kernel panic - not syncing: job {number} on {board}"]

    def suites(self, number: int, at: datetime.datetime) -> Iterator[tuple[str, list[Any]]]:
        """Yield the suites of a boot and their cases."""
        for suite in SUITES:
            test = next(self.tests)
            found = [self.dice.choice(CASES) for _ in range(self.each)]
            status = "fail" if "fail" in found else "pass"
            yield "tests", [test, number, suite, "lava", status, at, *(found.count(outcome) for outcome in OUTCOMES)]
            for place, outcome in enumerate(found):
                yield "cases", [test, f"{suite}-case-{place}", outcome]


def fill(url: str, jobs: int, cases: int) -> None:
    """Put the rows into empty tables, and say how long it took and how large they are."""
    begun = time.perf_counter()
    connection = psycopg2.connect(url)
    connection.autocommit = True
    waiting: dict[str, list[str]] = {table: [] for table in TABLES}
    with connection.cursor() as cursor:
        for place, (table, row) in enumerate(Labs(jobs, cases).rows()):
            waiting[table].append("\t".join(map(str, row)))
            if place % (BATCH * 100) == 0:
                copy(cursor, waiting)
        copy(cursor, waiting)
        for table in ("runs", "jobs", "tests"):
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 1) FROM {table}))"
            )
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        print(f"filled in {time.perf_counter() - begun:.0f} s, {cursor.fetchone()[0]}")
    connection.close()


def copy(cursor: Any, waiting: dict[str, list[str]]) -> None:
    """Put what waits into its tables, in the order in which they refer to each other."""
    for table, lines in waiting.items():
        if lines:
            text = io.StringIO("\n".join(lines))
            cursor.copy_expert(f"COPY {table} ({', '.join(TABLES[table])}) FROM STDIN", text)
            lines.clear()


def asked() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the addresses that are asked, with their queries."""
    week = {"since": "7d"}
    for source in ("builds", "boots", "tests", "logs"):
        yield f"/{source}", {}
        yield f"/{source}", {**week, "tree": "next", "total": "no"}
    yield "/tests", {**week, "result": "fail", "lab": "lab-cip"}
    yield "/tests", {**week, "name": "1_bootrr-case-3", "board": "board-7"}
    yield "/logs", {"q": "panic board-7"}
    for since in ("7d", f"{DAYS}d"):
        for rows, cols, cell in (
            ("tree", "arch", "build"),
            ("tree,branch", "arch,board", "boot"),
            ("board", "suite", "test"),
            ("tree,kernel", "lab", "boot"),
        ):
            yield "/matrix", {"rows": rows, "cols": cols, "cell": cell, "since": since}
        for board in ("home", "builds", "boots", "tests", "logs"):
            yield f"/dashboards/{board}/data.json", {"since": since}


def ask(address: str) -> None:
    """Time each question, and the walk through a list, and print the medians and the slowest in milliseconds."""
    client = http.client.HTTPConnection(urlsplit(address).netloc)
    print(f"{'question':72} {'median':>8} {'slowest':>8}")
    for path, query in asked():
        target = f"{path}?{urlencode(query)}" if query else path
        spent = [timed(client, target)[0] for _ in range(ROUNDS)]
        print(f"{target:72} {statistics.median(spent):8.1f} {max(spent):8.1f}")
    for path in ("/boots?count=1000&total=no", "/tests?count=1000&total=no&lab=lab-cip"):
        walk(client, path)


def walk(client: http.client.HTTPConnection, path: str) -> None:
    """Follow a list from page to page, and print what its first and its last hundred pages took."""
    spent, target = [], path
    while target and len(spent) < 1000:
        took, answer = timed(client, target)
        spent.append(took)
        target = answer["next"]
    first, last = spent[1:101], spent[-101:-1]
    pages = f"{path}: {len(spent)} pages"
    print(f"{pages:72} {statistics.median(first):8.1f} {statistics.median(last):8.1f} first, last 100")


def timed(client: http.client.HTTPConnection, target: str) -> tuple[float, Any]:
    """Return how long an answer took, in milliseconds, and what it was."""
    begun = time.perf_counter()
    client.request("GET", target)
    answer = client.getresponse()
    body = answer.read()
    spent = (time.perf_counter() - begun) * 1000
    assert answer.status == 200, body
    return spent, json.loads(body)


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("fill", "ask"))
    parser.add_argument("place", help="the database to fill, the service to ask")
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--cases", type=int, default=5_000_000)
    said = parser.parse_args()
    if said.what == "fill":
        fill(said.place, said.jobs, said.cases)
    else:
        ask(said.place)


if __name__ == "__main__":
    main()
