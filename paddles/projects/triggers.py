"""Triggers of projects: made, listed, changed, deleted; their secrets are kept sealed."""

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Invalid, NotFound
from paddles.projects import projects, vault
from paddles.projects.models import KINDS_OF_TRIGGER
from paddles.settings import Settings

MOST_SECRETS = 1000
SECRET = re.compile(r"[a-zA-Z0-9_.-]+")
LONGEST_NAME = 256

_SHOWN = """triggers.id, projects.name AS project, triggers.type, triggers.owner, triggers.definition_repo,
    triggers.definition_file, triggers.priority, triggers.sealed"""
_NAMES = "id project type owner definition_repo definition_file priority sealed"
LIST = text(f"""
    SELECT {_SHOWN} FROM triggers JOIN projects ON projects.id = triggers.project_id
    WHERE (CAST(:project_id AS bigint) IS NULL OR triggers.project_id = :project_id)
        AND (CAST(:type AS text) IS NULL OR triggers.type = :type)
    ORDER BY projects.name, triggers.id
""")
NEXT = text("SELECT nextval(pg_get_serial_sequence('triggers', 'id'))")
ADD = text("""
    INSERT INTO triggers (id, project_id, type, owner, definition_repo, definition_file, priority, sealed, created)
    VALUES (:id, :project_id, :type, :owner, :definition_repo, :definition_file, :priority, :sealed, :now)
""")
LOCK = text(f"""
    SELECT {_SHOWN} FROM triggers JOIN projects ON projects.id = triggers.project_id
    WHERE projects.name = :project AND triggers.id = :id FOR NO KEY UPDATE OF triggers
""")
SET = text("""
    UPDATE triggers SET definition_repo = :definition_repo, definition_file = :definition_file, priority = :priority,
        sealed = :sealed,
        due = CASE WHEN (definition_repo, definition_file) = (:definition_repo, :definition_file) THEN due END
    WHERE id = :id
""")
# What was seen with other secrets, or elsewhere, is looked at anew, at once.
LOOK_ANEW = text("DELETE FROM polls WHERE trigger_id = :id")
DELETE = text("""
    DELETE FROM triggers USING projects
    WHERE projects.id = triggers.project_id AND projects.name = :project AND triggers.id = :id RETURNING triggers.id
""")
# Of a type the first; of an id that one.
SECRETS = hot(
    """
    SELECT id, type, sealed FROM triggers
    WHERE project_id = :project_id AND (id = :id OR type = CAST(:type AS text)) ORDER BY id""",
    "id type sealed",
)


def check_name(name: str) -> str:
    """Return ``name`` when a secret may be called so. Raises Invalid."""
    if not SECRET.fullmatch(name) or len(name) > LONGEST_NAME:
        raise Invalid(f"a secret is called by up to {LONGEST_NAME} letters, digits, _, . and -")
    return name


def create(
    session: Session,
    project: str,
    said: Mapping[str, Any],
    secrets: Mapping[str, str],
    settings: Settings,
    now: datetime.datetime,
) -> int:
    """Make a trigger of a project and return its id.

    ``said`` has its ``type``, ``owner``, ``definition_repo``, ``definition_file`` and ``priority``.

    Raises:
        Invalid: there is no such type.
        NotFound: there is no such project.
    """
    if said["type"] not in KINDS_OF_TRIGGER:
        raise Invalid(f"a trigger is of one of the types {', '.join(KINDS_OF_TRIGGER)}")
    project_id = projects.lock(session, project)
    trigger_id = int(session.scalar(NEXT) or 0)
    sealed = vault.sealed(session, settings, vault.of_trigger(trigger_id), _checked(secrets), now)
    session.execute(ADD, {**said, "id": trigger_id, "project_id": project_id, "sealed": sealed, "now": now})
    projects.tell(session, "trigger.created", project, trigger=trigger_id, type=said["type"])
    return trigger_id


def listed(session: Session, project: str | None, type_: str | None) -> Sequence[Row[Any]]:
    """Return triggers, by project and age: of one project where that is given, of one type where that is.

    Raises:
        NotFound: there is no such project.
    """
    project_id = projects.one(session, project).id if project is not None else None
    return session.execute(LIST, {"project_id": project_id, "type": type_}).all()


def change(
    session: Session,
    project: str,
    trigger_id: int,
    changes: Mapping[str, Any],
    secrets: Mapping[str, str | None],
    settings: Settings,
    now: datetime.datetime,
) -> None:
    """Set what ``changes`` says of a trigger; ``secrets`` are put over those that it has, None takes one away.

    Raises:
        NotFound: the project has no such trigger.
        Invalid: it would have too many secrets.
    """
    found = session.execute(LOCK, {"project": project, "id": trigger_id}).first()
    if found is None:
        raise NotFound(f"project {project} has no trigger {trigger_id}")
    sealed = found.sealed
    if secrets:
        merged = {**opened(session, found, settings), **secrets}
        kept = {name: value for name, value in merged.items() if value is not None}
        sealed = vault.sealed(session, settings, vault.of_trigger(trigger_id), _checked(kept), now)
    columns = {name: getattr(found, name) for name in ("definition_repo", "definition_file", "priority")}
    session.execute(SET, {**columns, **changes, "sealed": sealed, "id": trigger_id})
    session.execute(LOOK_ANEW, {"id": trigger_id})
    projects.tell(session, "trigger.updated", project, trigger=trigger_id, type=found.type)


def delete(session: Session, project: str, trigger_id: int) -> None:
    """Delete a trigger; what it has built stays. Raises NotFound."""
    if session.execute(DELETE, {"project": project, "id": trigger_id}).first() is None:
        raise NotFound(f"project {project} has no trigger {trigger_id}")
    projects.tell(session, "trigger.deleted", project, trigger=trigger_id)


def opened(session: Session, trigger: Row[Any], settings: Settings) -> dict[str, str]:
    """Return the secrets of a trigger, a row with ``id`` and ``sealed``."""
    return vault.opened(session, settings, vault.of_trigger(trigger.id), trigger.sealed)


def lent(
    session: Session, project_id: int, type_: str | None, trigger_id: int | None, settings: Settings
) -> dict[str, str]:
    """Return the secrets that a build gets of its project: of the first trigger of a type, over them those of an id.

    A type ``<type>-optional`` may have none.

    Raises:
        Invalid: there is no such trigger.
    """
    if type_ is None and trigger_id is None:
        return {}
    optional = type_ is not None and type_.endswith("-optional")
    wanted = type_.removesuffix("-optional") if type_ else None
    there = session.execute(SECRETS, {"project_id": project_id, "id": trigger_id, "type": wanted}).all()
    first = next((trigger for trigger in there if trigger.type == wanted), None)
    chosen = next((trigger for trigger in there if trigger.id == trigger_id), None)
    if wanted and first is None and not optional:
        raise Invalid(f"the project has no trigger of the type {wanted[:80]}")
    if trigger_id is not None and chosen is None:
        raise Invalid(f"the project has no trigger {trigger_id}")
    lenders = [trigger for trigger in (first, chosen) if trigger is not None]
    found: dict[str, str] = {}
    for trigger in lenders:
        found |= opened(session, trigger, settings)
    return found


def _checked(secrets: Mapping[str, str]) -> Mapping[str, str]:
    if len(secrets) > MOST_SECRETS:
        raise Invalid(f"a trigger has at most {MOST_SECRETS} secrets")
    return secrets
