"""The URL map of the service: which face answers where, and how the service itself is doing."""

import functools
from dataclasses import replace
from typing import Any, ClassVar

import orjson

import paddles
from paddles.archive import run_search
from paddles.controllers import results
from paddles.controllers.dashboard import live
from paddles.controllers.dashboard import root as dashboard
from paddles.controllers.docs import DocsController
from paddles.controllers.jobserv import root as jobserv
from paddles.controllers.jobserv.health import RunsHealth
from paddles.controllers.kcing import root as kcing_lists
from paddles.controllers.kernelci import root as kernelci
from paddles.controllers.kernelci.submissions import HealthController, SubmitController
from paddles.controllers.metrics import MetricsController
from paddles.controllers.pages import root as pages
from paddles.controllers.results import answers
from paddles.controllers.results.all_jobs import AllJobsController
from paddles.controllers.results.errors import ErrorsController
from paddles.controllers.results.failures import FailuresController
from paddles.controllers.results.machines import MachinesController
from paddles.controllers.results.queues import QueuesController
from paddles.controllers.results.runs import RunsController
from paddles.controllers.scheduler import root as scheduler
from paddles.controllers.taskqueue.calls import TaskQueue
from paddles.db import migrations
from paddles.errors import Unavailable
from paddles.web import openapi
from paddles.web.face import Call
from paddles.web.resource import Found, Resource

# What the service says of itself is said as its oldest face says it.
face = replace(results.face, name="service", guard=None)

ABOUT = """\
An archive of test results, and the locks and queues of the lab that makes them.

Every address is answered with and without the slash at its end. Bodies are JSON whatever their Content-Type says.
A name in a path is percent-encoded, a slash in it too. Unknown keys and parameters are ignored. HEAD answers as GET
does, but for `/queue/pop_queue/`, and OPTIONS lists the methods of an address; a method that is not listed is 405, an
address that is not there 404, a fault of ours 500, all with the same error body. Answers carry `X-Request-Id`.
"""


class Healthz(Resource):
    """``/healthz``"""

    face = face

    @face.endpoint(needs_database=False, answers=answers.Health)
    def get_all(self, call: Call) -> Any:
        """Say that this process answers: 200, whatever the database does."""
        return {"status": "ok", "version": paddles.__version__}


class Readyz(Resource):
    """``/readyz``"""

    face = face

    @face.endpoint(answers=answers.Readiness, fresh=True)
    def get_all(self, call: Call) -> Any:
        """Say whether requests can be served: 200, or 503 with the reason."""
        current = migrations.current(call.session)
        if not migrations.fits(current):
            raise Unavailable(f"the database is at migration {current}, this service needs {migrations.head()}")
        return {"status": "ok", "migration": current}


class Description(Resource):
    """``/openapi.json``"""

    face = face

    @face.endpoint(needs_database=False, answers=dict[str, Any])
    def get_all(self, call: Call) -> Any:
        """Describe the service: 200 with an OpenAPI 3.1 document."""
        return description(call.settings.base_url)


class Health(HealthController):
    """``/health``: one face says there how it is, another how its runs are."""

    words: ClassVar[dict[str, Resource]] = {"runs": RunsHealth()}


class Ingest(kcing_lists.IngestFolder):
    """``/ingest``: what one face takes at an address of its own is taken here, too."""

    words: ClassVar[dict[str, Resource]] = {**kcing_lists.IngestFolder.words, "kcidb": SubmitController()}


class Events(live.EventsFolder):
    """``/events``: one face's, but for what pages follow there."""

    def locate(self, path: list[str], method: str, ids: tuple[str, ...] = (), route: str = "/") -> Found:
        """Return where a request goes; those for the stream are told apart by what they follow."""
        theirs = kernelci.AT_ROOT["events"].locate(path, method, ids, route)
        return live.shared(super().locate(path, method, ids, route), theirs)


class Root(Resource):
    """The service."""

    face = face
    words: ClassVar[dict[str, Resource]] = {
        "runs": RunsController(),
        "jobs": AllJobsController(),
        "nodes": MachinesController(),
        "queue": QueuesController(),
        "errors": ErrorsController(),
        "failures": FailuresController(),
        "healthz": Healthz(),
        "readyz": Readyz(),
        "metrics": MetricsController(face),
        "openapi.json": Description(),
        "docs": DocsController(face),
        "taskqueue": TaskQueue(),
        **kcing_lists.AT_ROOT,
        **scheduler.AT_ROOT,
        **kernelci.AT_ROOT,
        **jobserv.AT_ROOT,
        **dashboard.AT_ROOT,
        "events": Events(),
        "health": Health(),
        "ingest": Ingest(),
    }

    def locate(self, path: list[str], method: str, ids: tuple[str, ...] = (), route: str = "/") -> Found:
        """Return where a request goes, as any resource does; others that stand at the same addresses are told apart.

        These are nodes of KernelCI's API, and what browsers are shown.
        """
        found = kernelci.unsupported(path) or super().locate(path, method, ids, route)
        return pages.beside(kernelci.shared(path, method, found), path, method)

    @face.endpoint(answers=answers.Service)
    def get_all(self, call: Call) -> Any:
        """Say what is here: 200 with the version, the addresses and how much there is."""
        base = call.settings.base_url
        totals = dict(run_search.totals(call.session))
        return {
            "name": "paddles",
            "version": paddles.__version__,
            "links": {word: f"{base}/{word}/" for word in ("runs", "jobs", "nodes", "queue")},
            "counts": {"runs": totals.pop("runs"), "jobs": sum(totals.values()), **totals},
        }


@functools.cache
def description(server: str) -> bytes:
    """Return the description of the service as JSON, made once; ``server`` is what its links begin with."""
    info = {"title": "paddles", "version": paddles.__version__, "description": ABOUT}
    return orjson.dumps(openapi.describe(Root(), info, server))
