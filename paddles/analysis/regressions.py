"""One regression: what is known of it, its history, and what people say of it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.analysis.sources import REGRESSIONS
from paddles.analysis.statements import KERNEL
from paddles.db.session import Session
from paddles.errors import NotFound
from paddles.events import log
from paddles.listing import search
from paddles.listing.filters import Wanted
from paddles.listing.search import Asked, Part

LARGEST_ID = 2**63 - 1
# What people say of a regression, by the names of columns.
SAID = ("owner", "note", "issue")
MOST_HISTORY = 500
NAMES = tuple(
    name for name in REGRESSIONS.names if not name.endswith(("_run", "_key")) and name not in ("@timestamp", "job")
)
SAY = text(f"""
    UPDATE regressions SET {", ".join(f"{name} = COALESCE(:{name}, {name})" for name in SAID)} WHERE id = :id
    RETURNING {", ".join(SAID)}
""")
# From the pass before it to the pass that fixed it, as far as the jobs are still there; the latest first.
HISTORY = text(f"""
    SELECT marks.happened, marks.status, runs.name AS run, jobs.key,
        {KERNEL} AS kernel
    FROM regressions AS r
    JOIN marks ON marks.lineage_id = r.lineage_id AND marks.path_id = r.path_id
        AND (marks.happened, marks.job_id) >= (r.good_at, r.good_job_id)
        AND (r.fixed_at IS NULL OR (marks.happened, marks.job_id) <= (r.fixed_at, r.fixed_job_id))
    JOIN jobs ON jobs.id = marks.job_id JOIN runs ON runs.id = jobs.run_id
    LEFT JOIN kernel_boots AS b ON b.job_id = marks.job_id
    WHERE r.id = :id ORDER BY marks.happened DESC, marks.job_id DESC LIMIT :limit
""")


def number_of(written: str) -> int:
    """Return the number of a regression as it stands in addresses. Raises NotFound where it can be none."""
    if not re.fullmatch(r"[0-9]{1,19}", written) or int(written) > LARGEST_ID:
        raise NotFound(f"there is no regression {written}")
    return int(written)


def one(session: Session, number: int) -> Mapping[str, Any]:
    """Return what is known of the regression of this number, by the names of its source. Raises NotFound."""
    asked = Asked([Wanted("id", "eq", (str(number),))], names=NAMES)
    for row in search.page(session, REGRESSIONS, asked, Part(1)).rows:
        return row
    raise NotFound(f"there is no regression {number}")


def history(session: Session, number: int) -> Sequence[tuple[str, list[Row[Any]]]]:
    """Return the kernels of a regression, the latest first, each with its results, of which it has at most 500.

    A result has ``happened``, ``status``, and the ``run`` and ``key`` of its job.
    """
    found: dict[str, list[Row[Any]]] = {}
    for row in session.execute(HISTORY, {"id": number, "limit": MOST_HISTORY}):
        found.setdefault(row.kernel, []).append(row)
    return list(found.items())


def say(session: Session, number: int, said: Mapping[str, str | None], by: str) -> None:
    """Note whose a regression is, what there is to say of it, and which issue it is; what is None stays as it is.

    It is an event, which tells who it was. Raises NotFound.
    """
    found = session.execute(SAY, {"id": number, **{name: said.get(name) for name in SAID}}).first()
    if found is None:
        raise NotFound(f"there is no regression {number}")
    log.append(
        session, "regression", "regression.changed", f"regressions/{number}", {"id": number, "by": by, **found._mapping}
    )
