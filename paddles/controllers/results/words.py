"""The results face's words: rows of the core as runs, jobs, nodes and queues of its wire. Pure."""

import datetime
import functools
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import orjson
from sqlalchemy import Row

from paddles.archive import documents
from paddles.archive.status import FINISHED, STATUSES
from paddles.controllers.results.times import written
from paddles.errors import Invalid
from paddles.lab import machines
from paddles.settings import Settings

SUMMARY = "application/vnd.paddles.summary+json"
RUN_KEYS = tuple(
    """name href user status results jobs_count posted scheduled started updated branch suite machine_type sha1 priority
    flavor tags""".split()
)
JOB_ANSWERED = frozenset(documents.ANSWERED + documents.ANSWERED_IF_SAID)
JOB_KEPT = frozenset(documents.KEPT)
JOB_TIMES = frozenset(("posted", "started", "updated"))
# The columns of a machine's row, in its order, as the wire calls them.
NODE_COLUMNS = tuple("mac_address" if column == "mac" else column for column in machines.SHOWN)
_HOST = len(NODE_COLUMNS)
# What may stand in a path segment unescaped (RFC 3986, pchar), so that links look like the names they hold.
PLAIN = ":@!$&'()*+,;="
NO_FIELD = "an invalid field was specified"


@functools.lru_cache(maxsize=4096)
def segment(name: str) -> str:
    """Return a name as part of a path. The jobs of a run ask for the same few again and again."""
    return quote(name, safe=PLAIN)


def run_href(settings: Settings, name: str) -> str:
    """Return the address of a run."""
    return f"{settings.base_url}/runs/{segment(name)}/"


def job_href(settings: Settings, run_name: str, key: str) -> str:
    """Return the address of a job."""
    return f"{run_href(settings, run_name)}jobs/{segment(key)}/"


def run(row: Row[Any], settings: Settings) -> dict[str, Any]:
    """Return a row of ``run_search.runs`` as a run of the wire."""
    counts = {status: getattr(row, f"n_{status}") for status in STATUSES}
    total = sum(counts.values())
    return {
        "name": row.name,
        "href": run_href(settings, row.name),
        "user": row.username,
        "status": row.status,
        "results": {**counts, "total": total, "sha1": row.sha1, "flavor": row.flavor},
        "jobs_count": total,
        "posted": written(row.posted),
        "scheduled": written(row.scheduled),
        "started": written(row.started),
        "updated": written(row.updated),
        "branch": row.branch,
        "suite": row.suite,
        "machine_type": row.machine_type,
        "sha1": row.sha1,
        "priority": row.priority,
        "flavor": row.flavor,
        "tags": row.tags,
    }


def run_summary(row: Row[Any], settings: Settings) -> dict[str, Any]:
    """Return a run in the three numbers of the first paddles: dead counts as fail, what is not finished as running."""
    running = row.n_queued + row.n_waiting + row.n_running + row.n_unknown
    return {
        "href": run_href(settings, row.name),
        "status": "running" if running else "finished",
        "results": {"pass": row.n_pass, "running": running, "fail": row.n_fail + row.n_dead},
    }


def job_summary(row: Row[Any], settings: Settings) -> dict[str, Any]:
    """Return a job in the same three numbers, itself counted as one."""
    finished = row.status in FINISHED
    passed = row.status == "pass"
    return {
        "href": job_href(settings, row.run, row.key),
        "status": "finished" if finished else "running",
        "results": {"pass": int(passed), "running": int(not finished), "fail": int(finished and not passed)},
    }


def fields(text: str | None, known: Container[str]) -> list[str]:
    """Return the names in ``fields=a,b``, none for nothing. Raises Invalid for a name that is not ``known``."""
    names = [name.strip() for name in (text or "").split(",")]
    names = [name for name in names if name]
    if any(name not in known for name in names):
        raise Invalid(NO_FIELD)
    return names


def sliced(whole: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return the asked part of an object, all of it when nothing is asked."""
    return {name: whole[name] for name in names} if names else dict(whole)


def job_fields(text: str | None) -> list[str]:
    """Return the names in ``fields=`` of a job. Raises Invalid."""
    return fields(text, JOB_COLUMNS.keys() | JOB_ANSWERED | JOB_KEPT)


def job_depth(names: Sequence[str]) -> str:
    """Return how much of a job's row these fields need; all of them when there is none."""
    if not names:
        return "full"
    if any(name in JOB_KEPT for name in names):
        return "kept"
    if any(name in JOB_ANSWERED for name in names):
        return "full"
    return "light" if any(name in JOB_TIMES for name in names) else "bare"


def job(row: Row[Any], settings: Settings) -> bytes:
    """Return a job of the wire as JSON: what its row says, then its ready answer."""
    head = orjson.dumps(
        {
            "job_id": row.key,
            "status": row.status,
            "posted": written(row.posted),
            "started": written(row.started),
            "updated": written(row.updated),
            "log_href": log_href(settings, row.run, row.key),
        }
    )
    answer: bytes = row.answer
    return head[:-1] + b"," + answer[1:]


def jobs(rows: Sequence[Row[Any]], settings: Settings, names: Sequence[str] = (), before: bytes = b"") -> bytes:
    """Return jobs as a JSON list, whole or only the fields ``names``; behind ``before``, an object that it ends."""
    if names:
        each = [orjson.dumps(part) for part in job_slices(rows, settings, names)]
    else:
        each = [job(row, settings) for row in rows]
    # A long list is put together once: to copy it again costs as much as to render it.
    start, end = (before, b"]}") if before else (b"", b"]")
    if not each:
        return start + b"[" + end
    each[0] = start + b"[" + each[0]
    each[-1] += end
    return b",".join(each)


def job_slices(rows: Iterable[Row[Any]], settings: Settings, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the fields ``names`` of each job."""
    source = {"full": "answer", "kept": "document"}.get(job_depth(names), "")
    columns = [(name, JOB_COLUMNS.get(name)) for name in names]
    for row in rows:
        said: dict[str, Any] = orjson.loads(getattr(row, source)) if source else {}
        yield {name: column(row, settings) if column else said.get(name) for name, column in columns}


def log_href(settings: Settings, run_name: str, key: str) -> str:
    """Return where a job's log is, by the template of the settings; blank when there is none.

    Blank and not null: ``teuthology-results`` cuts the end off whatever is there.
    """
    template = settings.job_log_href_templ
    return template.format(run_name=segment(run_name), job_id=segment(key)) if template else ""


def node(row: Sequence[Any]) -> dict[str, Any]:
    """Return a row of ``machines.find`` or ``machines.listed`` as a node of the wire, with its host."""
    host = _node(row[_HOST:], None) if row[_HOST] else None
    return _node(row, host)


def _node(values: Sequence[Any], host: dict[str, Any] | None) -> dict[str, Any]:
    shown = dict(zip(NODE_COLUMNS, values, strict=False))  # the host's columns follow the machine's
    if shown["locked_since"]:
        shown["locked_since"] = written(shown["locked_since"])
    shown["vm_host"] = host
    return shown


def lock(row: Row[Any], *, locked: bool, locked_by: str | None) -> dict[str, Any]:
    """Return what a lock call answers about a machine."""
    return {
        "name": row.name,
        "locked": locked,
        "locked_by": locked_by,
        "machine_type": row.machine_type,
        "is_vm": row.is_vm,
    }


def queue(row: Row[Any], now: datetime.datetime) -> dict[str, Any]:
    """Return a queue of the wire."""
    return {
        "queue": row.name,
        "paused": row.paused_until is not None and row.paused_until > now,
        "paused_by": row.paused_by,
        "paused_since": written(row.paused_since),
        "paused_until": written(row.paused_until),
    }


# What a job's row says by itself, by the wire's name.
JOB_COLUMNS: dict[str, Callable[[Row[Any], Settings], Any]] = {
    "id": lambda row, settings: row.id,
    "job_id": lambda row, settings: row.key,
    "status": lambda row, settings: row.status,
    "posted": lambda row, settings: written(row.posted),
    "started": lambda row, settings: written(row.started),
    "updated": lambda row, settings: written(row.updated),
    "log_href": lambda row, settings: log_href(settings, row.run, row.key),
    "href": lambda row, settings: job_href(settings, row.run, row.key),
}
