"""``/actions/pause`` and ``/actions/resume``: a queue gives nothing for a while, or again."""

from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import Field

from paddles.controllers.pages import acting, face
from paddles.controllers.pages.acting import ActionPage, ActionQuery, Sent, Short
from paddles.errors import Conflict, NotFound
from paddles.events import actions
from paddles.lab import queues
from paddles.web import page_words, query
from paddles.web.endpoint import Html
from paddles.web.face import Call

TEN_YEARS_MIN = 10 * 366 * 1440


class QueueQuery(ActionQuery):
    """Which queue."""

    queue: query.Text = ""


class Resume(Sent):
    """Which queue is to give jobs again."""

    queue: Short = ""


class Pause(Resume):
    """For how long which queue is to give nothing, and why."""

    minutes: Annotated[int, Field(ge=1, le=TEN_YEARS_MIN)]
    reason: Short = ""


class PausePage(ActionPage):
    """``/actions/pause``"""

    @face.endpoint(query=QueueQuery, answers=Html, fresh=True)
    def get_all(self, call: Call) -> Any:
        """Show the form: 200, 404."""
        queue = _found(call, call.query.queue)
        paused = queues.paused(queue, call.now)
        held = f"{queue.name} is paused already, by {queue.paused_by or 'nobody named'}: resume it first."
        says = held if paused else f"{_queued(queue.queued)} there; none is handed out until the pause is over."
        return acting.form(
            call,
            f"Pause the queue {queue.name}",
            says=(says,),
            button="" if paused else f"Pause {queue.name}",
            following=_page(queue.name),
            kept={"queue": queue.name},
            template="pages/actions/pause.html",
            crumbs=_crumbs(queue.name),
        )

    @face.endpoint(body=Pause, answers=Html)
    def post(self, call: Call) -> Any:
        """Pause: 303; 400, 403, 404, 409 when it is paused already."""
        by, said = acting.sender(call), call.body
        if queues.paused(_found(call, said.queue), call.now):
            raise Conflict(f"the queue {said.queue} is paused already")
        queues.pause(call.session, said.queue, said.minutes * 60, by, call.now)
        more = {"minutes": said.minutes, "reason": said.reason}
        actions.note(call.session, queues.PAUSED, f"queue/{said.queue}", by, queue=said.queue, **more)
        return acting.done(call, f"The queue {said.queue} is paused for {said.minutes} minutes.", _page(said.queue))


class ResumePage(ActionPage):
    """``/actions/resume``"""

    @face.endpoint(query=QueueQuery, answers=Html, fresh=True)
    def get_all(self, call: Call) -> Any:
        """Show the form: 200, 404."""
        queue = _found(call, call.query.queue)
        paused = queues.paused(queue, call.now)
        why = queues.whys(call.session, [queue.name]).get(queue.name) if paused else None
        says = (
            f"Paused by {queue.paused_by or 'nobody named'}{f': {why}' if why else ''}. {_queued(queue.queued)} there."
            if paused
            else f"{queue.name} is not paused."
        )
        return acting.form(
            call,
            f"Resume the queue {queue.name}",
            says=(says,),
            button=f"Resume {queue.name}" if paused else "",
            following=_page(queue.name),
            kept={"queue": queue.name},
            crumbs=_crumbs(queue.name),
        )

    @face.endpoint(body=Resume, answers=Html)
    def post(self, call: Call) -> Any:
        """End the pause: 303; 403, 404, 409 when there is none."""
        by, name = acting.sender(call), call.body.queue
        if not queues.paused(_found(call, name), call.now):
            raise Conflict(f"the queue {name} is not paused")
        queues.pause(call.session, name, 0, by, call.now)
        actions.note(call.session, "queue.resumed", f"queue/{name}", by, queue=name)
        return acting.done(call, f"The queue {name} gives jobs again.", _page(name))


def _found(call: Call, name: str) -> Any:
    found = queues.listed(call.session, name, None) if name else ()
    if not found:
        raise NotFound(f"there is no queue {name}")
    return queues.counted(call.session, name)


def _page(name: str) -> str:
    return f"/queue/?{urlencode({'queue': name})}"


def _crumbs(name: str) -> tuple[tuple[str, str], ...]:
    return (("Queue", "/queue/"), (name, _page(name)))


def _queued(number: int) -> str:
    return page_words.many(number, "job is queued", "jobs are queued")
