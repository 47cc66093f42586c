"""What a run is defined as: for people, for the simulator, and whole for who has its key."""

from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Row

from paddles.controllers.jobserv import face, stream
from paddles.controllers.jobserv.envelope import Success, base, success
from paddles.controllers.jobserv.stream import RunQuery
from paddles.errors import NotFound, Unauthenticated
from paddles.projects import progress, rundefs, simulation, vault
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Resource


class Definition(BaseModel):
    """A run's definition, some of what there is in it."""

    model_config = ConfigDict(extra="allow")

    project: str
    run_url: str
    env: dict[str, str]
    secrets: dict[str, str]


class _Place(NamedTuple):
    project: str
    number: int
    key: str


def _defined(place: _Place, call: Call) -> tuple[Row[Any], dict[str, Any]]:
    """Return a run of a build and its definition as it is stored. Raises NotFound where there is none."""
    job = progress.defined(call.session, *place)
    stored: dict[str, Any] = orjson.loads(job.document)
    if "env" not in stored:
        raise NotFound(f"run {place.key} has no definition")
    return job, stored


def _place(project: str, number: str, run: str) -> _Place:
    return _Place(project, query.number(number, "build"), run)


class RundefController(Resource):
    """``/projects/<project>/builds/<number>/runs/<run>/.rundef.json``"""

    face = face

    @face.endpoint(query=RunQuery, answers=Definition, who=lambda principal: principal)
    def get_all(self, project: str, number: str, run: str, call: Call) -> Any:
        """Give a run's definition: 200 without its key and secrets, but to itself and administrators; 404."""
        job, stored = _defined(_place(project, number, run), call)
        key = _own_key(job, call)
        if not key and not call.principal.is_superuser:
            return rundefs.public(stored, base(call), job.secrets)
        opened = vault.opened(call.session, call.settings, vault.of_build(job.run_id), job.sealed)
        whole = rundefs.handed_out(stored, base(call), key, opened)
        return whole if key else {name: value for name, value in whole.items() if name != "api_key"}


class SimulateController(Resource):
    """``/projects/<project>/builds/<number>/runs/<run>/.simulate.sh``"""

    face = face

    @face.endpoint(answers=str)
    def get_all(self, project: str, number: str, run: str, call: Call) -> Any:
        """Give a shell script that executes a run on the machine of whoever reads it: 200, 404."""
        job, stored = _defined(_place(project, number, run), call)
        start = base(call)
        return simulation.script(rundefs.public(stored, start, job.secrets), f"{start}/runner")


class ProgressController(Resource):
    """``/projects/<project>/builds/<number>/runs/<run>/progress-regex``"""

    face = face

    @face.endpoint(answers=Success)
    def get_all(self, project: str, number: str, run: str, call: Call) -> Any:
        """Say which lines of a run's log tell how far it is: 200, 404 where none do."""
        _, stored = _defined(_place(project, number, run), call)
        if not stored.get("console-progress"):
            raise NotFound(f"run {run} does not say how far it is")
        return success(stored["console-progress"])


def _own_key(job: Row[Any], call: Call) -> str:
    """Return the key of a run if whoever asks has it, else nothing."""
    try:
        shown = stream.token(call)
    except Unauthenticated:
        return ""
    return shown if job.digest is not None and progress.shows(shown, bytes(job.digest)) else ""
