"""``/actions/priority``: queued jobs come sooner, or later."""

from typing import Annotated, Any

from pydantic import Field

from paddles.controllers.pages import acting, face
from paddles.controllers.pages.acting import ActionPage, Sent, Short
from paddles.controllers.pages.kill_action import KillQuery, crumbs
from paddles.orders import priorities
from paddles.web import page_words
from paddles.web.endpoint import Html
from paddles.web.face import Call


class Priority(Sent):
    """Of which run, or job, and which priority."""

    run: Short = ""
    job: Short = ""
    priority: Annotated[int, Field(gt=-(2**31), lt=2**31)]


class PriorityPage(ActionPage):
    """``/actions/priority``"""

    @face.endpoint(query=KillQuery, answers=Html, fresh=True)
    def get_all(self, call: Call) -> Any:
        """Show the form: 200, 404."""
        run, job = call.query.run, call.query.job
        found = priorities.prospect(call.session, run, job or None)
        what = f"job {job} of run {run}" if job else f"the {found.number} queued jobs of run {run}"
        said = "nobody said one" if found.lowest is None else _range(found)
        able = f"Jobs of a smaller priority are handed out first. Until now: {said}."
        return acting.form(
            call,
            f"Priority of {f'job {job} of ' if job else ''}run {run}",
            says=(able if found.number else "Nothing of it is queued: it was handed out, or has ended.",),
            button=f"Set the priority of {what}" if found.number else "",
            following=crumbs(run, job)[-1][1],
            kept={"run": run, "job": job},
            template="pages/actions/priority.html",
            crumbs=crumbs(run, job),
            priority=found.lowest,
        )

    @face.endpoint(body=Priority, answers=Html)
    def post(self, call: Call) -> Any:
        """Set it: 303; 400, 403, 404, 409 when nothing is queued any more."""
        by, said = acting.sender(call), call.body
        changed = priorities.change(call.session, said.run, said.job or None, said.priority, by)
        jobs = page_words.many(changed, "job has", "jobs have")
        to = crumbs(said.run, said.job)[-1][1]
        return acting.done(call, f"{jobs} the priority {said.priority} now.", to)


def _range(found: Any) -> str:
    return str(found.lowest) if found.lowest == found.highest else f"{found.lowest} to {found.highest}"
