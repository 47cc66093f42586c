"""``/runs/<name>/jobs/<job_id>/``: one job, and what its machine boots."""

from typing import Any

from sqlalchemy import Row

from paddles.archive import differences, elsewhere, files, job_context, links, tests
from paddles.boot.defaults import result_root
from paddles.controllers.pages import addresses, face, frame, job_parts, notes
from paddles.db.pages import Page as Part
from paddles.errors import NotFound
from paddles.notes.subjects import Subject
from paddles.orders import holding
from paddles.web import page_words
from paddles.web.face import Call
from paddles.web.pages import Page
from paddles.web.resource import Resource

# So many of the newest jobs of a description are a strip.
LAST = 25
MOST_TESTS, MOST_CASES, MOST_FILES = 100, 100, 200


class BootScriptPage(Resource):
    """``/runs/<name>/jobs/<job_id>/boot/<script>``"""

    face = face

    @face.endpoint(query=frame.PageQuery, answers=str)
    def get_one(self, run_name: str, job_id: str, script: str, call: Call) -> Any:
        """Show a script that a machine is given for a job, as it is: 200, 404."""
        found = job_parts.booted(call, job_context.one(call.session, run_name, job_id))
        if found is None or script not in found.scripts:
            raise NotFound(f"job {job_id} of run {run_name} has no {script}")
        return f"{found.scripts[script]}\n"


def shown(call: Call, run_name: str, key: str) -> Page:
    """Return the page of a job. Raises NotFound."""
    job = job_context.one(call.session, run_name, key)
    passed = job_context.passed(call.session, job)
    said = job_parts.document(job)
    yaml, cut = job_parts.config(said)
    moments, more = job_parts.moments(call, job)
    return frame.show(
        call,
        "pages/runs/job.html",
        title=f"Job {key}",
        crumbs=[("Runs", "/runs/"), (run_name, addresses.path("runs", run_name))],
        topics=addresses.topic("run", run_name),
        icon=page_words.icon(job.status),
        job=job,
        failure=links.group(job.failure_id) if job.failure_id is not None else "",
        notes=notes.panel(call, Subject("job", run_name, key), job.id),
        document=said,
        able=job.queue is not None and holding.able(job.kind, job.status),
        yaml=yaml,
        cut=cut,
        large=job_context.LARGEST,
        **_around(call, job),
        passed=passed,
        differences=job_parts.changed(said, passed),
        most=differences.MOST,
        moments=moments,
        more=more,
        log=job_parts.log(call, job),
        booted=job_parts.booted(call, job),
        tests=tests.of_id(call.session, job.id, MOST_TESTS + 1),
        cases=tests.notable(call.session, job.id, MOST_CASES + 1),
        files=_files(call, job),
        most_tests=MOST_TESTS,
        most_cases=MOST_CASES,
        most_files=MOST_FILES,
        archived=call.settings.job_log_href_templ.format(
            run_name=addresses.segment(run_name), job_id=addresses.segment(key)
        ),
    )


def _around(call: Call, job: Row[Any]) -> dict[str, Any]:
    """Return what became of others of its description, and what else its machines did."""
    alike, beside = job_context.around(call.session, job)
    return {
        "history": alike[:LAST],
        "looked": len(alike),
        "environments": elsewhere.environments(alike, job),
        "machines": elsewhere.machines(alike, job),
        "neighbours": elsewhere.neighbours(beside, job, call.now),
    }


def _files(call: Call, job: Row[Any]) -> list[dict[str, Any]]:
    root = ""
    found = []
    for row in files.page(call.session, job.run, job.key, Part(MOST_FILES + 1)):
        root = root or result_root(row.suite, row.job_id)
        to = "/".join(map(addresses.segment, f"{root}/{row.path}".split("/")))
        found.append({"path": row.path, "size": row.size, "stored": row.stored, "to": to})
    return found
