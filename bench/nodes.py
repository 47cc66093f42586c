"""Fill a database with nodes as a KernelCI lab makes them, and time what its clients ask, over HTTP and bare.

python -m bench.nodes fill postgresql://... --nodes 600000
python -m bench.nodes ask postgresql://... http://127.0.0.1:8080
"""

import argparse
import datetime
import hashlib
import http.client
import io
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg2

BATCH = 20_000
TREES = ("mainline", "next", "stable", "stable-rc", "media", "net-next", "tip", "android", "arm64", "renesas")
ARCHES = ("x86_64", "arm64", "arm", "riscv", "i386", "mips")
RUNTIMES = tuple(f"lava-{name}" for name in ("collabora", "broonie", "cip", "clabbe", "kontron", "qualcomm"))
JOBS = ("baseline", "kunit", "kselftest-dt", "ltp-smoke", "tast-basic", "fluster-v4l2")
RESULTS = ("pass",) * 9 + ("fail", "fail", "incomplete")
BEGIN = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
COLUMNS = (
    'id, kind, name, path, "group", parent_id, state, result, artifacts, data, debug, platform_filter, created,'
    " updated, timeout, holdoff, owner, submitter, treeid, processed_by_kcidb_bridge, open_children"
)
ROUNDS = 21


class Lab:
    """A source of nodes: ``rows`` yields trees of about three hundred, the last hundredth of them still open."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.made = 0
        self.dice = random.Random(1)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield nodes, parents before children."""
        number = 0
        while self.made < self.wanted:
            yield from self.tree(number)
            number += 1

    def tree(self, number: int) -> Iterator[dict[str, Any]]:
        """Yield a checkout and all below it."""
        tree, branch = TREES[number % len(TREES)], ("master", "for-next")[number % 2]
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        revision = {
            "tree": tree,
            "url": f"https://git.kernel.example/pub/scm/linux/kernel/git/{tree}.git",
            "branch": branch,
            "commit": digest[:40],
            "describe": f"v6.{number % 20}-rc{number % 8}-{number}-g{digest[:12]}",
            "version": {"version": 6, "patchlevel": number % 20, "extra": f"-rc{number % 8}"},
            "commit_message": "drivers: a change that is described in a line of usual length",
            "tip_of_branch": True,
        }
        shared = {"treeid": digest, "open": self.made > self.wanted * 0.99}
        root = self.node("checkout", "checkout", None, {"kernel_revision": revision}, shared)
        yield root
        for arch in ARCHES:
            about = {"kernel_revision": revision, "arch": arch, "compiler": "gcc-14", "defconfig": "defconfig"}
            build = self.node("kbuild", f"kbuild-gcc-14-{arch}", root, {**about, "fragments": ["kselftest"]}, shared)
            yield build
            for job in JOBS:
                runtime = self.dice.choice(RUNTIMES)
                ran = {
                    **about,
                    "runtime": runtime,
                    "platform": f"board-{self.dice.randrange(60)}",
                    "job_id": str(self.made),
                }
                parent = self.node("job", f"{job}-{arch}", build, ran, shared)
                yield parent
                for test in range(7):
                    yield self.node("test", f"{job}.case-{test}", parent, ran, shared)

    def node(
        self, kind: str, name: str, parent: dict[str, Any] | None, data: dict[str, Any], shared: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the next node."""
        created = BEGIN + datetime.timedelta(seconds=self.made * 20)
        result = None if shared["open"] else self.dice.choice(RESULTS)
        if result == "incomplete" and kind != "checkout":
            data = {**data, "error_code": self.dice.choice(("Infrastructure", "node_timeout", "Bug"))}
        self.made += 1
        return {
            "id": f"{int(created.timestamp()):08x}{self.made:016x}",
            "kind": kind,
            "name": name,
            "path": [*(parent["path"] if parent else ()), name],
            "group": name if kind == "test" else None,
            "parent_id": parent["id"] if parent else None,
            "state": "available" if shared["open"] else "done",
            "result": result,
            "artifacts": {"lava_log": f"https://storage.example/{self.made}/log.txt.gz"},
            "data": data,
            "created": created,
            "treeid": shared["treeid"],
            "processed": not shared["open"] and self.made % 1000 > 0,
            "open_children": 1 if shared["open"] and kind != "test" else 0,
        }


def line(node: dict[str, Any]) -> str:
    """Return a node as a line of COPY."""
    created = node["created"].isoformat()
    timeout = (node["created"] + datetime.timedelta(hours=6)).isoformat()
    held = timeout if node["state"] == "available" else None
    path = "{" + ",".join(json.dumps(part) for part in node["path"]) + "}"
    values = [node["id"], node["kind"], node["name"], path, node["group"], node["parent_id"], node["state"]]
    values += [node["result"], json.dumps(node["artifacts"]), json.dumps(node["data"]), "{}", "{}", created, created]
    values += [timeout, held, f"owner-{node['kind']}", "service:pipeline", node["treeid"], node["processed"]]
    return "\t".join("\\N" if v is None else str(v).replace("\\", "\\\\") for v in [*values, node["open_children"]])


def fill(url: str, wanted: int) -> None:
    """Put nodes into an empty table, a batch a transaction, and say how long it took."""
    begun, lines = time.perf_counter(), []
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for node in Lab(wanted).rows():
            lines.append(line(node))
            if len(lines) == BATCH:
                _copy(cursor, lines)
        _copy(cursor, lines)
        cursor.execute("VACUUM ANALYZE nodes")
        cursor.execute("SELECT count(*), pg_size_pretty(pg_total_relation_size('nodes')) FROM nodes")
        print(*cursor.fetchone(), f"{time.perf_counter() - begun:.0f} s")
    connection.close()


def _copy(cursor: Any, lines: list[str]) -> None:
    cursor.copy_expert(f"COPY nodes ({COLUMNS}) FROM STDIN", io.StringIO("".join(f"{each}\n" for each in lines)))
    lines.clear()


def asked(cursor: Any) -> Iterator[tuple[str, str, dict[str, Any], str]]:
    """Yield what clients ask: a name, an address, its filters, and the condition of the same statement in SQL."""
    cursor.execute(
        "SELECT id, treeid, parent_id, data #>> '{kernel_revision,commit}', data ->> 'platform', created FROM nodes"
        " WHERE kind = 'job' AND name = 'baseline-arm64' ORDER BY id OFFSET 1000 LIMIT 1"
    )
    _, treeid, parent, commit, platform, created = cursor.fetchone()
    cursor.execute("SELECT max(created) - interval '4 days', max(created) + interval '1 hour' FROM nodes")
    recent, soon = cursor.fetchone()
    cursor.execute("SELECT id FROM nodes ORDER BY id OFFSET 300000 LIMIT 1")
    (middle,) = cursor.fetchone() or ("0" * 24,)
    rev = "data #>> '{kernel_revision,%s}' = '%s'"
    fast = "/latest/nodes/fast"
    yield "nothing, by id", f"/latest/node/{'0' * 24}", {}, f"id = '{'0' * 24}'"
    yield (
        "checkouts of a tree",
        fast,
        {"kind": "checkout", "data.kernel_revision.tree": "next", "limit": 50},
        f"kind = 'checkout' AND {rev % ('tree', 'next')} ORDER BY id LIMIT 50",
    )
    yield (
        "kbuilds of a commit",
        fast,
        {"kind": "kbuild", "data.kernel_revision.commit": commit},
        f"kind = 'kbuild' AND {rev % ('commit', commit)} ORDER BY id",
    )
    yield (
        "^baseline of a commit",
        fast,
        {"name__re": "^baseline", "data.kernel_revision.commit": commit, "state": "done", "limit": 50},
        f"name ~ '^baseline' AND {rev % ('commit', commit)} AND state = 'done' ORDER BY id LIMIT 50",
    )
    yield "children", fast, {"parent": parent}, f"parent_id = '{parent}' ORDER BY id"
    yield "treeid, 50", fast, {"treeid": treeid, "limit": 50}, f"treeid = '{treeid}' ORDER BY id LIMIT 50"
    yield "treeid, all", fast, {"treeid": treeid}, f"treeid = '{treeid}' ORDER BY id"
    yield (
        "timeout sweep",
        fast,
        {"state": "available", "timeout__lt": soon.isoformat(), "limit": 100},
        f"state = 'available' AND timeout < '{soon}' ORDER BY id LIMIT 100",
    )
    yield (
        "kcidb leftovers, 500",
        fast,
        {
            "state": "done",
            "processed_by_kcidb_bridge": "False",
            "created__gt": "2026-01-05 00:00:00.123",
            "updated__lt": soon.isoformat(),
            "limit": 500,
        },
        "state = 'done' AND NOT processed_by_kcidb_bridge AND created > '2026-01-05 00:00:00.123+00'"
        f" AND updated < '{soon}' ORDER BY id LIMIT 500",
    )
    yield (
        "job frequency",
        fast,
        {
            "name": "baseline-arm64",
            "data.kernel_revision.tree": "next",
            "data.kernel_revision.branch": "for-next",
            "data.platform": platform,
            "created__gte": created.isoformat(),
            "limit": 1,
        },
        f"name = 'baseline-arm64' AND {rev % ('tree', 'next')} AND {rev % ('branch', 'for-next')}"
        f""" AND data @> '{{"platform": "{platform}"}}' AND created >= '{created}' ORDER BY id LIMIT 1""",
    )
    yield (
        "runtime and fail",
        "/latest/count",
        {"data.runtime": "lava-cip", "result": "fail"},
        """data @> '{"runtime": "lava-cip"}' AND result = 'fail'""",
    )
    yield (
        "error_code and created",
        "/latest/count",
        {"data.error_code": "node_timeout", "created__gt": recent.isoformat()},
        f"""data @> '{{"error_code": "node_timeout"}}' AND created > '{recent}'""",
    )
    yield "regex in data", "/latest/count", {"data.job_id__re": "77777"}, "data ->> 'job_id' ~ '77777'"
    yield "count of done", "/latest/count", {"state": "done"}, "state = 'done'"
    yield "offset 300,000", fast, {"limit": 50, "offset": 300000}, "true ORDER BY id LIMIT 50 OFFSET 300000"
    yield "after=, first", fast, {"limit": 50, "after": "0" * 24}, f"id > '{'0' * 24}' ORDER BY id LIMIT 50"
    yield "after=, middle", fast, {"limit": 50, "after": middle}, f"id > '{middle}' ORDER BY id LIMIT 50"


def ask(url: str, address: str) -> None:
    """Time each question over HTTP and bare, in turns, and print the medians in milliseconds."""
    connection = psycopg2.connect(url, options="-c timezone=UTC")
    connection.autocommit = True
    client = http.client.HTTPConnection(urlsplit(address).netloc)
    with connection.cursor() as cursor:
        print(f"{'question':24} {'rows':>6} {'bare':>8} {'HTTP':>8} {'ratio':>6}")
        for name, path, query, condition in asked(cursor):
            counts = path.endswith("/count")
            statement = f"SELECT {'count(*)' if counts else COLUMNS} FROM nodes WHERE {condition}"
            target = f"{path}?{urlencode(query)}"
            answered = json.loads(_get(client, target))
            bare, over = [], []
            for _ in range(ROUNDS):
                bare.append(_timed(lambda s=statement: (cursor.execute(s), cursor.fetchall())))
                over.append(_timed(lambda t=target: _get(client, t)))
            b, h = statistics.median(bare), statistics.median(over)
            rows = answered if counts else len(answered or ())
            print(f"{name:24} {rows:6} {b:8.2f} {h:8.2f} {h / b:6.2f}")
    connection.close()


def _get(client: http.client.HTTPConnection, target: str) -> bytes:
    client.request("GET", target)
    answer = client.getresponse()
    body = answer.read()
    assert answer.status == 200, body
    return body


def _timed(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("fill", "ask"))
    parser.add_argument("url", help="the database")
    parser.add_argument("address", nargs="?", default="http://127.0.0.1:8080", help="the service on it")
    parser.add_argument("--nodes", type=int, default=600_000)
    said = parser.parse_args()
    if said.what == "fill":
        fill(said.url, said.nodes)
    else:
        ask(said.url, said.address)


if __name__ == "__main__":
    main()
