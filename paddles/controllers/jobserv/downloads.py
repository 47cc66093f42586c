"""What workers and developers download: ``/runner``, ``/worker``, ``/simulator``, and what they ask besides."""

import hashlib
from typing import Any

import paddles
from paddles.controllers.jobserv import face
from paddles.controllers.jobserv.envelope import Success, success
from paddles.errors import Invalid, TooLarge
from paddles.projects import definition, downloads, projects, simulation
from paddles.web import body, query
from paddles.web.answers import File, Reply
from paddles.web.endpoint import JSON, Zip
from paddles.web.face import Call
from paddles.web.resource import Resource

ZIP = "application/zip"
SCRIPT = "text/plain; charset=utf-8"
# Anybody may have a definition looked at. What is wrong with a larger one takes seconds to find.
LARGEST_BYTES = 2**20


class VersionQuery(query.Query):
    """What whoever asks has already."""

    version: query.Text | None = None


class SimulationQuery(query.Query):
    """Which run of a definition is wanted, if one is, and what its project is called."""

    trigger: query.Text | None = None
    run: query.Text | None = None
    project: query.Text = simulation.PROJECT


class RunnerController(Resource):
    """``/runner``"""

    face = face
    needs_to_read = "enter"

    @face.endpoint(answers=Zip)
    def get_all(self, call: Call) -> Any:
        """Give the package that executes runs, as a zip from which Python imports it: 200, 304."""
        content = downloads.runner(call.settings.jobserv_runner_file)
        return File(content, hashlib.sha256(content).hexdigest(), ZIP)


class WorkerController(Resource):
    """``/worker``"""

    face = face
    needs_to_read = "enter"

    @face.endpoint(answers=str)
    def get_all(self, call: Call) -> Any:
        """Give the script that a build machine runs: 200, 304."""
        script = downloads.worker(call.settings.jobserv_worker_file)
        return File(script.content, script.version, SCRIPT)


class SimulatorController(Resource):
    """``/simulator``"""

    face = face
    needs_to_read = "enter"

    @face.endpoint(query=VersionQuery, answers={200: str, 304: None})
    def get_all(self, call: Call) -> Any:
        """Give the script that executes a run by hand: 200, 304 to who has the ``version``, its MD5, already."""
        script = downloads.simulator(call.settings.jobserv_simulator_file)
        if call.query.version == script.version:
            return Reply(304)
        return File(script.content, script.version, SCRIPT)


class ValidateController(Resource):
    """``/simulator-validate``"""

    face = face
    needs = "read"

    @face.endpoint(body=bytes, query=SimulationQuery, answers=Success)
    def post(self, call: Call) -> Any:
        """Say which runs a project would have that is defined so, in JSON or YAML, and the definition of one of them.

        200, or 400 with all that is wrong; 413. Nothing is kept, and the database is not asked.
        """
        asked: SimulationQuery = call.query
        if (asked.trigger is None) != (asked.run is None):
            raise Invalid("a run is named by trigger and run")
        checked = definition.checked(_said(call))
        found: dict[str, Any] = {"triggers": simulation.runs(checked)}
        if asked.trigger is not None and asked.run is not None:
            project = projects.check_name(asked.project)
            found["rundef"] = simulation.simulated(checked, asked.trigger, asked.run, {}, project)
        return success(found)


class VersionController(Resource):
    """``/version``"""

    face = face

    @face.endpoint(answers=Success)
    def get_all(self, call: Call) -> Any:
        """Say which version of the service this is: 200."""
        return success({"version": paddles.__version__})


def _said(call: Call) -> Any:
    if len(call.body) > LARGEST_BYTES:
        raise TooLarge(f"a definition that is looked at has at most {LARGEST_BYTES} bytes")
    kind = str(call.headers.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
    return body.decode(call.body) if kind == JSON else simulation.read(call.body)
