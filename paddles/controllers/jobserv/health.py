"""``/health/runs/``: what runs, and what waits."""

from collections import Counter
from typing import Any

from paddles.controllers.jobserv import face, words
from paddles.controllers.jobserv.envelope import Success, base, success
from paddles.projects import health
from paddles.web.face import Call
from paddles.web.resource import Resource


class RunsHealth(Resource):
    """``/health/runs``"""

    face = face

    @face.endpoint(answers=Success)
    def get_all(self, call: Call) -> Any:
        """Show all runs that have not ended: by the worker that each is on, and those that wait, in their order."""
        start = base(call)
        counts: Counter[str] = Counter()
        running: dict[str, list[Any]] = {}
        queued: list[Any] = []
        for job in health.open_jobs(call.session):
            status = words.run_status(job.status, job.stage, cancelled=job.cancelled)
            counts[status] += 1
            shown = {
                "project": job.project,
                "build": job.number,
                "run": job.key,
                "url": words.run_url(start, job.project, job.number, job.key),
                "created": words.moment(job.posted),
                "host_tag": job.host_tag,
            }
            (queued if status == "QUEUED" else running.setdefault(job.machine or "?", [])).append(shown)
        return success({"health": {"statuses": counts, "RUNNING": running, "QUEUED": queued}})
