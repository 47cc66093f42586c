"""``/actions/rerun`` and ``/actions/clone``: jobs are done again, as they were told or otherwise."""

import shlex
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from paddles.archive import names
from paddles.archive.names import Scheme
from paddles.boot import jobs
from paddles.controllers.pages import acting, addresses, face
from paddles.controllers.pages.acting import ActionPage, Sent, Short
from paddles.controllers.pages.kill_action import KillQuery, crumbs
from paddles.errors import NotFound
from paddles.orders import reruns
from paddles.orders.reruns import Place
from paddles.web.endpoint import Html
from paddles.web.face import Call

ELSEWHERE = "was in no queue of this service, or ran beside others."


class Rerun(Sent):
    """Which jobs of which run, and what the new run is called."""

    run: Short = ""
    job: Short = ""
    which: Literal["failed", "all"] = "failed"
    name: Short = ""


class Clone(Sent):
    """Which job, what it is told now, and what its run is called."""

    run: Short = ""
    job: Short = ""
    name: Short = ""
    document: Annotated[str, Field(max_length=2 * reruns.LARGEST), AfterValidator(acting.plain)] = ""


class RerunPage(ActionPage):
    """``/actions/rerun``"""

    @face.endpoint(query=KillQuery, answers=Html, fresh=True)
    def get_all(self, call: Call) -> Any:
        """Show the form: 200, 404."""
        run, job = call.query.run, call.query.job
        found = reruns.prospect(call.session, run, job or None)
        what = f"job {job} of run {run}" if job else run
        return acting.form(
            call,
            f"Run {what} again",
            says=_says(found, job),
            button=f"Run {what} again" if found.all else "",
            following=crumbs(run, job)[-1][1],
            kept={"run": run, "job": job} | ({"which": reruns.ALL} if job else {}),
            template="pages/actions/rerun.html",
            crumbs=crumbs(run, job),
            found=found,
            job=job,
            name=names.again(run, call.now, _scheme(call)),
            command=f"teuthology-suite --rerun {shlex.quote(run)}" if found.others else "",
        )

    @face.endpoint(body=Rerun, answers=Html)
    def post(self, call: Call) -> Any:
        """Have jobs done again: 303 to the new run; 400, 403, 404, 409 when there is one of that name already."""
        by, said = acting.sender(call), call.body
        number = reruns.rerun(call.session, said.run, said.job or None, said.which, _place(call, by))
        return _done(call, f"{number} {'job is' if number == 1 else 'jobs are'} done again.")


class ClonePage(ActionPage):
    """``/actions/clone``"""

    @face.endpoint(query=KillQuery, answers=Html, fresh=True)
    def get_all(self, call: Call) -> Any:
        """Show the form: 200, 404, 409 when the job is not ours to do again, 413."""
        run, job = call.query.run, call.query.job
        if not job:
            raise NotFound("no job is named")
        return acting.form(
            call,
            f"Run job {job} of run {run} with changes",
            says=("A new job is told what stands here. Secrets and addresses of people are not taken over.",),
            button=f"Run job {job} with these changes",
            following=crumbs(run, job)[-1][1],
            kept={"run": run, "job": job},
            template="pages/actions/clone.html",
            crumbs=crumbs(run, job),
            document=reruns.editable(call.session, run, job),
            name=names.again(run, call.now, _scheme(call)),
        )

    @face.endpoint(body=Clone, answers=Html)
    def post(self, call: Call) -> Any:
        """Have a job done with changes: 303 to the new run; 400, 403, 404, 409."""
        by, said = acting.sender(call), call.body
        if not said.job:
            raise NotFound("no job is named")
        reruns.clone(call.session, said.run, said.job, said.document, _place(call, by))
        return _done(call, "The job is done with these changes.")


def _scheme(call: Call) -> Scheme:
    return Scheme(call.settings.zone, call.settings.known_suites)


def _place(call: Call, by: str) -> Place:
    name = call.body.name or names.again(call.body.run, call.now, _scheme(call))
    return Place(name, by, call.now, jobs.hosts(call.settings), _scheme(call))


def _done(call: Call, message: str) -> Any:
    new = call.body.name or names.again(call.body.run, call.now, _scheme(call))
    return acting.done(call, message, addresses.path("runs", new), always=True)


def _says(found: reruns.Prospect, job: str) -> tuple[str, ...]:
    if job:
        return ("A new job is told what this one was told, in the same queue.",) if found.all else (f"It {ELSEWHERE}",)
    others = f"Of its jobs {found.others} {ELSEWHERE} Where teuthology runs, this does:" if found.others else ""
    first = "Its jobs become new jobs of a new run, told what they were told, in the same queues." if found.all else ""
    return tuple(filter(None, (first, others))) or ("It has no jobs.",)
