"""``/actions/hold`` and ``/actions/let-go``: jobs are kept from being handed out, and queued again."""

from collections.abc import Mapping
from typing import Any

from paddles.controllers.pages import acting, face
from paddles.controllers.pages.acting import ActionPage
from paddles.controllers.pages.kill_action import Kill, KillQuery, crumbs
from paddles.orders import holding, naming
from paddles.web import page_words
from paddles.web.endpoint import Html
from paddles.web.face import Call


class HoldPage(ActionPage):
    """``/actions/hold``"""

    @face.endpoint(query=KillQuery, answers=Html, fresh=True)
    def get_all(self, call: Call) -> Any:
        """Show the form: 200, 404."""
        run, job = call.query.run, call.query.job
        found = holding.prospect(call.session, run, job or None)
        says = [f"Not handed out until somebody lets them go: {_jobs(found.able)}."] if found.able else []
        says += _held(found.held)
        says += [f"Left alone, since they are begun, or with others: {_jobs(found.others)}."] if found.others else []
        says += [f"Left to their build: {_jobs(found.built)}."] if found.built else []
        return _form(call, "Hold", tuple(says) or ("Nothing of it is open.",), able=bool(found.able))

    @face.endpoint(body=Kill, answers=Html)
    def post(self, call: Call) -> Any:
        """Hold: 303; 403, 404, 409 when there is nothing to be held."""
        by, run, job = acting.sender(call), call.body.run, call.body.job
        number = holding.hold(call.session, run, job or None, by, call.now)
        return acting.done(call, f"{_jobs(number)} held.", crumbs(run, job)[-1][1])


class LetGoPage(ActionPage):
    """``/actions/let-go``"""

    @face.endpoint(query=KillQuery, answers=Html, fresh=True)
    def get_all(self, call: Call) -> Any:
        """Show the form: 200, 404."""
        found = holding.prospect(call.session, call.query.run, call.query.job or None)
        after = ("They are queued again, as urgent as they were, unless they wait for other jobs.",)
        says = (*_held(found.held), *after) if found.held else ("Nothing of it is held.",)
        return _form(call, "Let go", says, able=bool(found.held))

    @face.endpoint(body=Kill, answers=Html)
    def post(self, call: Call) -> Any:
        """Let go: 303; 403, 404, 409 when nothing is held any more."""
        by, run, job = acting.sender(call), call.body.run, call.body.job
        number = holding.let_go(call.session, run, job or None, by, call.now)
        return acting.done(call, f"{_jobs(number)} let go.", crumbs(run, job)[-1][1])


def _form(call: Call, word: str, says: tuple[str, ...], *, able: bool) -> Any:
    run, job = call.query.run, call.query.job
    title = f"{word} {naming.called(run, job or None)}"
    return acting.form(
        call,
        title,
        says=says,
        button=title if able else "",
        following=crumbs(run, job)[-1][1],
        kept={"run": run, "job": job},
        crumbs=crumbs(run, job),
    )


def _held(held: Mapping[str, int]) -> list[str]:
    return [f"Held by {by}: {_jobs(number)}." for by, number in held.items()]


def _jobs(number: int) -> str:
    return page_words.many(number, "job")
