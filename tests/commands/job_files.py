"""A job file to submit, and the jobs that became of it."""

from pathlib import Path
from typing import Any, NamedTuple

import orjson
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.session import Session

NAPPER = """\
suite: napper
testbox: vm-2p8g-1
os_arch: x86_64
runtime: 30s
nr_threads:
  - 1
  - 50%
napper:
  mode:
    - hard
    - soft
"""
STORED = text("""
    SELECT jobs.id, jobs.status, runs.name AS run, queues.name AS queue, jobs.document
    FROM jobs JOIN runs ON runs.id = jobs.run_id JOIN queues ON queues.id = jobs.queue_id ORDER BY jobs.id
""")


class Stored(NamedTuple):
    """A job in the database."""

    id: int
    status: str
    run: str
    queue: str
    document: dict[str, Any]


def write(folder: Path, content: str | bytes = NAPPER) -> Path:
    """Write a job file, by default with two lists of two alternatives each, and return it."""
    path = folder / "napper.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def stored(database: Database) -> list[Stored]:
    """Return the jobs in the database, in the order of their ids."""
    with Session(database.reader) as session:
        return [Stored(*row[:-1], orjson.loads(row.document)) for row in session.execute(STORED)]
