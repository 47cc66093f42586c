"""``/actions/cancel-build`` and ``/actions/rerun-build``: what of a build goes on is cancelled, a run done again."""

from typing import Any

from paddles.accounts import access
from paddles.archive.status import FINISHED
from paddles.controllers.pages import acting
from paddles.controllers.pages import jobserv as face
from paddles.controllers.pages.acting import ActionPage, ActionQuery, Sent, Short
from paddles.errors import Conflict, NotFound
from paddles.events import actions
from paddles.projects import links, orders, search
from paddles.web import query
from paddles.web.endpoint import Html
from paddles.web.face import Call

# What needs not be cancelled, in the words of ``projects.states``.
OVER = (*FINISHED, "cancelling")


class BuildQuery(ActionQuery):
    """Which build of which project, or which run of it."""

    project: query.Text = ""
    build: query.Text = ""
    run: query.Text = ""


class Build(Sent):
    """Which build of which project, or which run of it."""

    project: Short = ""
    build: Short = ""
    run: Short = ""


class CancelBuildPage(ActionPage):
    """``/actions/cancel-build``"""

    face = face

    @face.endpoint(query=BuildQuery, answers=Html, fresh=True, who=access.administrator)
    def get_all(self, call: Call) -> Any:
        """Show the form: 200, 404."""
        number = _open(call, call.query)
        jobs = f"{number} runs have not ended." if number != 1 else "One run has not ended."
        held = "What is queued has failed at once; workers hear of it, and end what they run."
        says = (jobs, held) if number else ("It has ended, or is being cancelled.",)
        return _form(call, "Cancel", says, able=bool(number))

    @face.endpoint(body=Build, answers=Html, who=access.administrator)
    def post(self, call: Call) -> Any:
        """Cancel: 303; 403, 404, 409 when it has ended."""
        by, said = acting.sender(call), call.body
        if not _open(call, said):
            raise Conflict(f"{_named(said)} has ended, or is being cancelled")
        number = query.number(said.build, "build")
        orders.cancel(call.session, said.project, number, call.now, key=said.run or None)
        _note(call, "build.cancelled", by)
        return acting.done(call, f"Cancelled: {_named(said)}.", _page(said))


class RerunBuildPage(ActionPage):
    """``/actions/rerun-build``"""

    face = face

    @face.endpoint(query=BuildQuery, answers=Html, fresh=True, who=access.administrator)
    def get_all(self, call: Call) -> Any:
        """Show the form: 200, 404."""
        ended = _one(call, call.query).state in FINISHED
        says = ("The run is queued once more; its tests are forgotten, and the build goes on until it has ended.",)
        return _form(call, "Run again:", says if ended else ("It has not ended.",), able=ended)

    @face.endpoint(body=Build, answers=Html, who=access.administrator)
    def post(self, call: Call) -> Any:
        """Have the run done again: 303; 403, 404, 409 unless it has ended, and no one keeps its build."""
        by, said = acting.sender(call), call.body
        number = query.number(said.build, "build")
        orders.again(call.session, said.project, number, said.run, call.now)
        _note(call, "build.rerun", by)
        return acting.done(call, f"Queued once more: {_named(said)}.", _page(said))


def _form(call: Call, word: str, says: tuple[str, ...], *, able: bool) -> Any:
    what: BuildQuery = call.query
    build = links.build(what.project, query.number(what.build, "build"))
    return acting.form(
        call,
        f"{word} {_named(what)}",
        says=says,
        button=f"{word} {_named(what)}" if able else "",
        following=_page(what),
        kept={"project": what.project, "build": what.build, "run": what.run},
        crumbs=(("Projects", "/projects/"), (what.project, links.project(what.project)), (what.build, build)),
    )


def _open(call: Call, what: BuildQuery | Build) -> int:
    """Return how many jobs of a build are to be cancelled, of one job 1 or 0. Raises NotFound."""
    if what.run:
        return int(_one(call, what).state not in OVER)
    told = search.one(call.session, what.project, query.number(what.build, "build"))
    return sum(job.state not in OVER for job in told.jobs[told.builds[0].run_id])


def _one(call: Call, what: BuildQuery | Build) -> Any:
    if not what.run:
        raise NotFound("no run is named")
    return search.job(call.session, what.project, query.number(what.build, "build"), what.run)[0]


def _named(what: BuildQuery | Build) -> str:
    of = f"build {what.build} of {what.project}"
    return f"run {what.run} of {of}" if what.run else of


def _page(what: BuildQuery | Build) -> str:
    number = query.number(what.build, "build")
    return links.run(what.project, number, what.run) if what.run else links.build(what.project, number)


def _note(call: Call, what: str, by: str) -> None:
    said: Build = call.body
    named = {"project": said.project, "build": said.build, **({"run": said.run} if said.run else {})}
    actions.note(call.session, what, _page(said).strip("/"), by, **named)
