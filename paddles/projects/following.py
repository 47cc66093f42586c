"""What follows when a job, or a whole build, has passed: the jobs of the triggers that it fires. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from paddles.projects import definition, links, references, rundefs


class New(NamedTuple):
    """A job to be added: ``key`` is what it is called, ``document`` its definition, the rest what it comes from."""

    key: str
    run_name: str
    trigger_name: str
    trigger_type: str
    host_tag: str
    document: Mapping[str, Any]


def of_trigger(
    project: Mapping[str, Any], name: str, build: rundefs.Build, fired: Mapping[str, str] | None = None
) -> list[New]:
    """Return the jobs of a trigger of a checked definition, for a build; ``fired`` says by what they are called anew.

    Raises:
        Invalid: there is no such trigger, or one of them cannot be (``rundefs.make``).
    """
    trigger = definition.trigger(project, name)
    return [_new(project, trigger, run, build, fired or {}) for run in trigger["runs"]]


def of_job(build: Any, job: Any) -> list[New]:
    """Return the jobs that a job of a build starts by passing; both are rows of ``locks``. Raises as above."""
    project = orjson.loads(build.definition)
    runs = {run["name"]: run for trigger in project["triggers"] for run in trigger["runs"] if _is_of(trigger, job)}
    document = orjson.loads(job.document)
    params = rundefs.of_firing_run(document)
    made_for = _build(build, _server(build, job, document), params, job.trigger_type)
    return list(_fired(project, runs.get(job.run_name, {}), made_for))


def of_build(build: Any, job: Any) -> list[New]:
    """Return the jobs that a build starts by passing, of which ``job`` was the last one to. Raises as above."""
    project = orjson.loads(build.definition)
    server = _server(build, job, orjson.loads(job.document))
    address = f"{server}{links.build(build.project, build.number)}"
    params = rundefs.of_firing_build(orjson.loads(build.params), address)
    own = definition.trigger(project, build.trigger_name)
    return list(_fired(project, own, _build(build, server, params, build.trigger_type)))


def _is_of(trigger: Mapping[str, Any], job: Any) -> bool:
    return bool(trigger["name"] == job.trigger_name)


def _fired(project: Mapping[str, Any], by: Mapping[str, Any], build: rundefs.Build) -> Iterator[New]:
    for fired in by.get("triggers", ()):
        yield from of_trigger(project, fired["name"], build, fired)


def _new(
    project: Mapping[str, Any],
    trigger: Mapping[str, Any],
    run: Mapping[str, Any],
    build: rundefs.Build,
    fired: Mapping[str, str],
) -> New:
    key = references.called(fired, run["name"])
    document = rundefs.make(project, trigger, {**run, "name": key}, build)
    return New(key, run["name"], trigger["name"], document["trigger_type"], run["host-tag"], document)


def _build(build: Any, server: str, params: Mapping[str, str], type_: str) -> rundefs.Build:
    names = frozenset(build.secrets)
    return rundefs.Build(build.project, build.number, server, params, names, type_, build.frontend)


def _server(build: Any, job: Any, document: Mapping[str, Any]) -> str:
    return str(document["run_url"]).removesuffix(links.run(build.project, build.number, job.key))
