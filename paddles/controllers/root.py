"""The URL map of the service: which face answers where, and how the service itself is doing."""

from typing import Any, ClassVar

import paddles
from paddles.archive import run_search
from paddles.controllers.results import face
from paddles.controllers.results.all_jobs import AllJobsController
from paddles.controllers.results.errors import ErrorsController
from paddles.controllers.results.machines import MachinesController
from paddles.controllers.results.queues import QueuesController
from paddles.controllers.results.runs import RunsController
from paddles.db import migrations
from paddles.errors import Unavailable
from paddles.web.face import Call
from paddles.web.resource import Resource


class Healthz(Resource):
    """``/healthz``"""

    face = face

    @face.endpoint()
    def get_all(self, call: Call) -> Any:
        """Say that this process answers: 200, whatever the database does."""
        return {"status": "ok", "version": paddles.__version__}


class Readyz(Resource):
    """``/readyz``"""

    face = face

    @face.endpoint(fresh=True)
    def get_all(self, call: Call) -> Any:
        """Say whether requests can be served: 200, or 503 with the reason."""
        current = migrations.current(call.session)
        if current != migrations.head():
            raise Unavailable(f"the database is at migration {current}, this service needs {migrations.head()}")
        return {"status": "ok", "migration": current}


class Root(Resource):
    """The service."""

    face = face
    words: ClassVar[dict[str, Resource]] = {
        "runs": RunsController(),
        "jobs": AllJobsController(),
        "nodes": MachinesController(),
        "queue": QueuesController(),
        "errors": ErrorsController(),
        "healthz": Healthz(),
        "readyz": Readyz(),
    }

    @face.endpoint()
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
