"""The set of dashboards: what comes with the service until somebody brings another, as a whole or in parts."""

import datetime
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from sqlalchemy import text

from paddles.dashboards import checks, definitions
from paddles.dashboards.definitions import KINDS, Dashboard, Panel, Search, Set, Visualization
from paddles.db.session import Session
from paddles.errors import Conflict, NotFound

CURRENT = text("SELECT document FROM dashboard_sets")
# Whoever brings a set waits for whoever does so at the moment.
LOCK = text("LOCK TABLE dashboard_sets IN SHARE ROW EXCLUSIVE MODE")
KEEP = text("""
    INSERT INTO dashboard_sets (id, document, changed) VALUES (1, CAST(:document AS json), :now)
    ON CONFLICT (id) DO UPDATE SET document = EXCLUDED.document, changed = EXCLUDED.changed
""")


@dataclass(frozen=True)
class Plan:
    """What a set becomes, and what is added, changed and taken away, a line each: ``+ dashboards/builds``."""

    becomes: Set
    lines: tuple[str, ...]


def current(session: Session) -> Set:
    """Return the set that is shown."""
    kept = session.scalar(CURRENT)
    return default() if kept is None else definitions.read(kept)


@functools.cache
def default() -> Set:
    """Return the set that comes with the service."""
    return definitions.read(resources.files("paddles.dashboards").joinpath("default.json").read_bytes())


def planned(session: Session, given: Set, *, replace: bool) -> Plan:
    """Return what comes of a set that is brought: it is added to the one there is, or takes its place.

    Raises:
        Invalid: something in it cannot be shown.
    """
    plan = plan_of(current(session), given, replace=replace)
    checks.check(given, plan.becomes)
    return plan


def bring(session: Session, given: Set, now: datetime.datetime, *, replace: bool, was: Set | None = None) -> Plan:
    """Do what :func:`planned` says, where the set is still what it ``was``, if that is said.

    Raises:
        Invalid: something in it cannot be shown.
        Conflict: it is another one meanwhile.
    """
    session.execute(LOCK)
    if was is not None and definitions.written(was) != definitions.written(current(session)):
        raise Conflict("somebody has just changed the dashboards: look, and try again")
    plan = planned(session, given, replace=replace)
    session.execute(KEEP, {"document": definitions.written(plan.becomes), "now": now})
    return plan


def plan_of(was: Set, given: Set, *, replace: bool) -> Plan:
    """Return what becomes of a set with another one. Pure."""
    lines, becomes = [], {}
    for kind in KINDS:
        old, new = _named(was, kind), _named(given, kind)
        lines += [f"+ {kind}/{slug}" for slug in sorted(new.keys() - old.keys())]
        lines += [f"~ {kind}/{slug}" for slug in sorted(new.keys() & old.keys()) if new[slug] != old[slug]]
        lines += [f"- {kind}/{slug}" for slug in sorted(old.keys() - new.keys())] if replace else []
        becomes[kind] = list((new if replace else {**old, **new}).values())
    return Plan(was.model_copy(update=becomes), tuple(lines))


def dashboard(found: Set, slug: str) -> Dashboard:
    """Return a dashboard of a set. Raises NotFound."""
    for each in found.dashboards:
        if each.slug == slug:
            return each
    raise NotFound(f"no dashboard is called {slug}")


def panel(found: Dashboard, name: str) -> Panel:
    """Return the panel of a dashboard that shows what is called so. Raises NotFound."""
    for each in found.panels:
        if each.viz == name:
            return each
    raise NotFound(f"no panel of {found.slug} shows {name}")


def shown(found: Set, slug: str) -> Visualization | Search:
    """Return what a panel shows. Raises NotFound."""
    there: list[Visualization | Search] = [*found.visualizations, *found.searches]
    for each in there:
        if each.slug == slug:
            return each
    raise NotFound(f"nothing that is shown is called {slug}")


def _named(found: Set, kind: str) -> Mapping[str, Any]:
    return {each.slug: each for each in getattr(found, kind)}
