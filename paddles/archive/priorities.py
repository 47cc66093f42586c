"""How urgent queued jobs are: looked at, and set anew for all of a run, or for one."""

from typing import Any

import orjson
from sqlalchemy import Row, text

from paddles.archive import documents
from paddles.db.session import Session
from paddles.errors import Invalid

# Of jobs that nobody has been given, held ones among them; those of builds are their project's.
_QUEUED = """run_id = :run_id AND (CAST(:key AS text) IS NULL OR key = :key)
    AND (status = 'queued' AND NOT leased OR status = 'waiting' AND held_by IS NOT NULL) AND kind IN ('test', 'boot')"""
FIND = text(f"SELECT count(*) AS number, min(priority) AS lowest, max(priority) AS highest FROM jobs WHERE {_QUEUED}")
LOCK = text(f"SELECT id, document FROM jobs WHERE {_QUEUED} ORDER BY id LIMIT :limit FOR NO KEY UPDATE")
SET = text("""
    UPDATE jobs SET priority = :priority, document = CAST(new.document AS json), answer = CAST(new.answer AS json)
    FROM unnest(CAST(:ids AS bigint[]), CAST(:documents AS text[]), CAST(:answers AS text[]))
        AS new (id, document, answer)
    WHERE jobs.id = new.id
""")
MOST = 2000


def known(session: Session, run_id: int, key: str | None) -> Row[Any]:
    """Return of the queued jobs of a run, or of the one job ``key``, their ``number``, and ``lowest``, ``highest``."""
    return session.execute(FIND, {"run_id": run_id, "key": key}).one()


def change(session: Session, run_id: int, key: str | None, priority: int) -> int:
    """Have the queued jobs of a run, or the one job ``key``, say this priority from now on; return how many do.

    Raises:
        Invalid: there are more than ``MOST``.
    """
    rows = session.execute(LOCK, {"run_id": run_id, "key": key, "limit": MOST + 1}).all()
    if len(rows) > MOST:
        raise Invalid(f"at most {MOST} jobs are given another priority at once")
    said = [documents.merge(orjson.loads(row.document), {"priority": priority}) for row in rows]
    values = {
        "priority": priority,
        "ids": [row.id for row in rows],
        "documents": [documents.dumps(each) for each in said],
        "answers": [documents.answer(each) for each in said],
    }
    if rows:
        session.later(SET, values)
    return len(rows)
