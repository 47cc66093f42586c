"""``/actions/kill``: a run, or a job, is ended."""

import shlex
from typing import Any

from paddles.controllers.pages import acting, addresses, face
from paddles.controllers.pages.acting import ActionPage, ActionQuery, Sent, Short
from paddles.orders import kills
from paddles.orders.kills import Fates
from paddles.web import query
from paddles.web.endpoint import Html
from paddles.web.face import Call

# What is said of jobs, by what becomes of them; how many there are follows.
SENTENCES = {
    "cancel": "Cancelled, since nobody has begun them",
    "terminate": "Dead at once, whose machines hear of it when they ask again",
    "dispatched": "Left to teuthology, whose processes cannot be ended from here; the line below does that there",
    "elsewhere": "Left to whoever executes them elsewhere",
    "built": "Left to their build, which is cancelled by its project",
}


class KillQuery(ActionQuery):
    """Which run, or which job of it."""

    run: query.Text = ""
    job: query.Text = ""


class Kill(Sent):
    """Which run, or which job of it."""

    run: Short = ""
    job: Short = ""


class KillPage(ActionPage):
    """``/actions/kill``"""

    @face.endpoint(query=KillQuery, answers=Html, fresh=True)
    def get_all(self, call: Call) -> Any:
        """Show the form: 200, 404."""
        run, job = call.query.run, call.query.job
        fates = kills.prospect(call.session, run, job or None)
        able = fates.cancel or fates.terminate
        what = _named(run, job)
        says = [f"{SENTENCES[name]}: {number} {'job' if number == 1 else 'jobs'}." for name, number in _said(fates)]
        return acting.form(
            call,
            f"Kill {what}",
            says=tuple(says) or (f"Nothing of {what} is to be killed: it has ended.",),
            button=f"Kill {what}" if able else "",
            following=_page(run, job),
            kept={"run": run, "job": job},
            template="pages/actions/kill.html",
            crumbs=crumbs(run, job),
            command=command(run, job) if fates.dispatched else "",
        )

    @face.endpoint(body=Kill, answers=Html)
    def post(self, call: Call) -> Any:
        """Kill: 303; 403, 404, 409 when there is nothing to be killed."""
        by, run, job = acting.sender(call), call.body.run, call.body.job
        fates = kills.kill(call.session, run, job or None, by, call.now)
        left = fates.dispatched + fates.elsewhere + fates.built
        rest = f"; {left} left to others" if left else ""
        return acting.done(call, f"{fates.cancel} cancelled, {fates.terminate} ended{rest}.", _page(run, job))


def command(run: str, job: str) -> str:
    """Return the line by which teuthology ends a run, or a job of it."""
    only = f" -j {shlex.quote(job)}" if job else ""
    return f"teuthology-kill -r {shlex.quote(run)}{only}"


def crumbs(run: str, job: str) -> tuple[tuple[str, str], ...]:
    """Return what leads to the form of an action on a run, or on a job of it."""
    of_job = ((job, addresses.path("runs", run, "jobs", job)),) if job else ()
    return (("Runs", "/runs/"), (run, addresses.path("runs", run)), *of_job)


def _said(fates: Fates) -> list[tuple[str, int]]:
    return [(name, number) for name, number in fates._asdict().items() if number]


def _named(run: str, job: str) -> str:
    return f"job {job} of run {run}" if job else f"run {run}"


def _page(run: str, job: str) -> str:
    return crumbs(run, job)[-1][1]
