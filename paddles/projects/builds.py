"""Builds: made of a definition, or noted as made elsewhere, each in one unit of work with all of its jobs."""

import datetime
import secrets as randomness
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from sqlalchemy import text

from paddles.archive import jobs, runs
from paddles.archive.names import Scheme
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Invalid, NotFound
from paddles.projects import additions, changes, definition, ends, following, projects, rundefs, triggers, vault
from paddles.settings import Settings

# What the service itself says among the secrets of a build: who has started it.
BY = "triggered-by"

NUMBER = hot(
    """
    UPDATE projects SET next_number = next_number + 1 WHERE id = :id
    RETURNING next_number - 1 AS number, synchronous, allowed_tags""",
    "number synchronous allowed_tags",
)
ADD = hot("""
    INSERT INTO builds (run_id, project_id, number, trigger_name, trigger_type, reason, priority, status, definition,
        params, sealed, secrets, frontend)
    VALUES (:run_id, :project_id, :number, :trigger_name, :trigger_type, :reason, :priority, :status,
        CAST(:definition AS json), CAST(:params AS json), CAST(:sealed AS bytea), CAST(:secrets AS text[]), :frontend)
""")
ADD_MADE = text("INSERT INTO build_jobs (job_id) SELECT * FROM unnest(CAST(:ids AS bigint[]))")
ADD_LINKS = text("""
    INSERT INTO links (job_id, path, url, size)
    SELECT * FROM unnest(CAST(:job_ids AS bigint[]), CAST(:paths AS text[]), CAST(:urls AS text[]),
        CAST(:sizes AS bigint[]))
""")


@dataclass(frozen=True)
class Wanted:
    """What somebody wants built: ``definition`` as it was sent, ``priority`` smaller first, ``by`` whom if known.

    ``secrets`` beat those of the project's trigger ``trigger_id``, these those of its first one of ``trigger_type``.
    """

    trigger_name: str
    definition: Any
    reason: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    priority: int = 0
    trigger_type: str | None = None
    trigger_id: int | None = None
    by: str = ""


class Made(NamedTuple):
    """A job that was done elsewhere, and its files: path, address and size of each."""

    key: str
    links: Sequence[tuple[str, str, int]]


class Build(NamedTuple):
    """A new build, as ``additions.Into`` wants it."""

    run_id: int
    number: int
    priority: int
    project_id: int
    project: str
    synchronous: bool
    allowed_tags: list[str] | None


def create(
    session: Session, project: str, wanted: Wanted, server: str, settings: Settings, now: datetime.datetime
) -> int:
    """Make a build of a project and return its number; ``server`` is the service as who wants it has reached it.

    Numbers begin at 1 and have no gaps. Nothing is left of a build that cannot be made.

    Raises:
        NotFound: there is no such project.
        Invalid: the definition is none, has no such trigger, or misses a secret; the project has no such trigger.
    """
    project_id = projects.one(session, project).id
    checked = definition.checked(wanted.definition)
    trigger = definition.trigger(checked, wanted.trigger_name)
    params = rundefs.text_of(wanted.params)
    lent = triggers.lent(session, project_id, wanted.trigger_type, wanted.trigger_id, settings)
    secrets = {**lent, **wanted.secrets}
    secrets.pop(BY, None)
    if wanted.by:
        secrets[BY] = wanted.by
    build = _numbered(session, project, project_id, wanted.priority, settings, now)
    plan = rundefs.Build(
        project, build.number, server, params, frozenset(secrets), trigger["type"], settings.run_url_format
    )
    new = following.of_trigger(checked, wanted.trigger_name, plan)
    said = {
        "trigger_name": wanted.trigger_name,
        "trigger_type": trigger["type"],
        "reason": wanted.reason,
        "status": "queued",
        "definition": orjson.dumps(checked).decode(),
        "params": orjson.dumps(params).decode(),
        "sealed": vault.sealed(session, settings, vault.of_build(build.run_id), secrets, now),
        "secrets": sorted(secrets),
        "frontend": settings.run_url_format,
    }
    _add(session, build, said, now)
    if additions.add(session, build, new, now):
        ends.recompute(session, build, now)
    return build.number


def note_made(
    session: Session,
    project: str,
    trigger_name: str,
    made: Sequence[Made],
    server: str,
    settings: Settings,
    now: datetime.datetime,
) -> int:
    """Note a build that was made elsewhere, and passed, and return its number.

    Raises:
        NotFound: there is no such project.
        Invalid: two of its jobs, or two files of one, are called alike.
    """
    for called in ([job.key for job in made], *([link[0] for link in job.links] for job in made)):
        if len(set(called)) < len(called):
            raise Invalid("no two runs of a build, and no two files of a run, have one name")
    build = _numbered(session, project, projects.one(session, project).id, 0, settings, now)
    said: dict[str, Any] = {
        "trigger_name": trigger_name,
        "trigger_type": "simple",
        "reason": "",
        "status": "pass",
        "definition": "{}",
        "params": "{}",
        "sealed": None,
        "secrets": [],
        "frontend": settings.run_url_format,
    }
    _add(session, build, said, now)
    plan = rundefs.Build(project, build.number, server, {}, frontend=settings.run_url_format)
    _add_done(session, build, made, plan, now)
    return build.number


def _add_done(
    session: Session, build: Build, made: Sequence[Made], plan: rundefs.Build, now: datetime.datetime
) -> None:
    rows = [_done(job.key, plan) for job in made]
    ids = jobs.create_many(session, build.run_id, rows, now, suite=build.project, priority=0)
    session.execute(ADD_MADE, {"ids": ids})
    changes.note_many(session, build.run_id, ids, "pass", now)
    links = [(job_id, *link) for job_id, job in zip(ids, made, strict=True) for link in job.links]
    columns = zip(*links, strict=True) if links else ((), (), (), ())
    names = ("job_ids", "paths", "urls", "sizes")
    session.execute(ADD_LINKS, dict(zip(names, map(list, columns), strict=True)))


def _numbered(
    session: Session, project: str, project_id: int, priority: int, settings: Settings, now: datetime.datetime
) -> Build:
    """Return the next build of a project, with a run of its own; whoever else makes one waits for it."""
    row = session.execute(NUMBER, {"id": project_id}).first()
    if row is None:
        raise NotFound(f"there is no project {project}")
    name, scheme = f"{project}/builds/{row.number}", Scheme(settings.zone, settings.known_suites)
    run_id = runs.add(session, name, now, scheme, said={"suite": project})
    while run_id is None:
        # Somebody has a run that is called so.
        run_id = runs.add(session, f"{name}-{randomness.token_hex(4)}", now, scheme, said={"suite": project})
    return Build(run_id, row.number, priority, project_id, project, row.synchronous, row.allowed_tags)


def _add(session: Session, build: Build, said: Mapping[str, Any], now: datetime.datetime) -> None:
    own = {"run_id": build.run_id, "project_id": build.project_id, "number": build.number, "priority": build.priority}
    session.execute(ADD, {**own, **said})
    changes.note(session, build.run_id, None, said["status"], now)
    told = {"number": build.number, "status": said["status"], "trigger": said["trigger_name"]}
    projects.tell(session, "build.created", build.project, **told)


def _done(key: str, plan: rundefs.Build) -> dict[str, Any]:
    """Return a job that passed elsewhere, for ``jobs.create_many``."""
    run = {"name": key, "script": "", "host-tag": ""}
    document = rundefs.make({"timeout": 0, "scripts": {"": ""}}, {"type": "simple"}, run, plan)
    text_ = orjson.dumps(document).decode()
    return {"key": key, "status": "pass", "reason": None, "queue_id": None, "document": text_}
