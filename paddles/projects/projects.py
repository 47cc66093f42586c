"""Projects: made, listed, changed, deleted with all that was built for them."""

import datetime
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Conflict, Invalid, NotFound
from paddles.events import log
from paddles.projects import tags

LONGEST = 256
MOST_TAGS = 1000
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# What stands behind a project's name in addresses.
RESERVED = frozenset("builds history triggers promoted-builds external-builds badge.svg".split())

_SHOWN = "id, name, synchronous, allowed_tags"
LIST = text(f"SELECT {_SHOWN} FROM projects ORDER BY name")
ONE = hot(f"SELECT {_SHOWN} FROM projects WHERE name = :name", _SHOWN.replace(",", ""))
LOCK = hot("SELECT id FROM projects WHERE name = :name FOR NO KEY UPDATE", "id")
ADD = text("""
    INSERT INTO projects (name, synchronous, allowed_tags, created) VALUES (:name, :synchronous, :tags, :now)
    ON CONFLICT (name) DO NOTHING RETURNING id
""")
ALLOW = text("UPDATE projects SET allowed_tags = :tags WHERE name = :name RETURNING id")
# Whoever moves a job of a build has the build first, and reports of others lock a job before its run.
SHUT = text("SELECT id FROM projects WHERE name = :name FOR UPDATE")
SHUT_BUILDS = text("SELECT run_id FROM builds WHERE project_id = :id ORDER BY number FOR UPDATE")
SHUT_JOBS = text("""
    SELECT jobs.id FROM jobs JOIN builds ON builds.run_id = jobs.run_id WHERE builds.project_id = :id
    ORDER BY jobs.id FOR UPDATE OF jobs
""")
DELETE_RUNS = text("""
    WITH gone AS (
        DELETE FROM runs USING builds WHERE builds.project_id = :id AND runs.id = builds.run_id RETURNING runs.name)
    INSERT INTO events (channel, type, subject, data)
    SELECT 'run', 'run.deleted', 'runs/' || name, jsonb_build_object('run', name) FROM gone
""")
DELETE = text("DELETE FROM projects WHERE id = :id")

# A folder holds what is below it: that of ``factory`` the volumes of ``factory/app``.
UNKNOWN = text("""
    SELECT folder FROM unnest(CAST(:folders AS text[])) WITH ORDINALITY AS given (folder, place)
    WHERE NOT EXISTS (
        SELECT FROM projects WHERE projects.name = folder OR starts_with(projects.name, folder || '/'))
    ORDER BY place
""")


def check_name(name: str) -> str:
    """Return ``name`` when a project may be called so: parts with slashes between them, as in ``factory/app``.

    Raises:
        Invalid: what is wrong with it.
    """
    parts = name.split("/")
    if not 0 < len(name) <= LONGEST or not all(parts):
        raise Invalid(f"a project's name has 1 to {LONGEST} characters, and something on each side of a slash")
    if CONTROL.search(name):
        raise Invalid("a project's name holds no control characters")
    if {".", "..", *RESERVED} & set(parts):
        raise Invalid(f"no part of a project's name is . or .. or one of {', '.join(sorted(RESERVED))}")
    return name


def create(
    session: Session, name: str, now: datetime.datetime, *, synchronous: bool, allowed_tags: Sequence[str] | None
) -> None:
    """Make a project; without ``allowed_tags``, or with none, its jobs may ask for any machine.

    Raises:
        Invalid: no project, or no tag, can be called that.
        Conflict: there is one of that name.
    """
    values = {"name": check_name(name), "synchronous": synchronous, "tags": _checked(allowed_tags), "now": now}
    if session.execute(ADD, values).first() is None:
        raise Conflict(f"there is a project {name}")
    tell(session, "project.created", name, synchronous=synchronous, allowed_tags=values["tags"])


def listed(session: Session) -> Sequence[Row[Any]]:
    """Return the ``name``, ``synchronous`` and ``allowed_tags`` of each project, by name."""
    return session.execute(LIST).all()


def one(session: Session, name: str) -> Row[Any]:
    """Return the ``id`` of a project, and what :func:`listed` does. Raises NotFound."""
    found = session.execute(ONE, {"name": name}).first()
    if found is None:
        raise NotFound(f"there is no project {name}")
    return found


def unknown(session: Session, folders: Sequence[str]) -> list[str]:
    """Return those of some folders of volumes that belong to no project: none is called so, nor begins so."""
    return list(session.scalars(UNKNOWN, {"folders": list(folders)}))


def lock(session: Session, name: str) -> int:
    """Return the id of a project, its row locked until the end of the unit of work. Raises NotFound."""
    found: int | None = session.scalar(LOCK, {"name": name})
    if found is None:
        raise NotFound(f"there is no project {name}")
    return found


def allow(session: Session, name: str, allowed_tags: Sequence[str] | None) -> None:
    """Say which machines the jobs of a project may ask for; none, or None, lets them ask for any.

    Raises:
        Invalid: no tag can be called that.
        NotFound: there is no such project.
    """
    checked = _checked(allowed_tags)
    if session.execute(ALLOW, {"name": name, "tags": checked}).first() is None:
        raise NotFound(f"there is no project {name}")
    tell(session, "project.updated", name, allowed_tags=checked)


def delete(session: Session, name: str) -> None:
    """Delete a project with its triggers, its builds and all that belongs to them. Raises NotFound."""
    found = session.scalar(SHUT, {"name": name})
    if found is None:
        raise NotFound(f"there is no project {name}")
    for statement in (SHUT_BUILDS, SHUT_JOBS, DELETE_RUNS, DELETE):
        session.execute(statement, {"id": found})
    tell(session, "project.deleted", name)


def tell(session: Session, what: str, project: str, **more: Any) -> None:
    """Record what happened to a project, on the channel ``project``."""
    log.append(session, "project", what, f"projects/{project}", {"project": project, **more})


def _checked(allowed_tags: Sequence[str] | None) -> list[str] | None:
    if allowed_tags and len(allowed_tags) > MOST_TAGS:
        raise Invalid(f"a project allows at most {MOST_TAGS} host tags")
    return sorted({tags.checked(tag) for tag in allowed_tags}) if allowed_tags else None
