"""``/queue/``: what waits for which machines, until when, and why."""

from collections.abc import Sequence
from typing import Any

from paddles.controllers.pages import addresses, face, frame
from paddles.lab import outlook, queues, waiting
from paddles.lab.outlook import Queue
from paddles.listing.stretches import Stretch
from paddles.orders import holding
from paddles.web import query
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource

MOST = 500
# What is said of a job for each of the reasons of ``expectations.reasons``.
REASONS = {
    "waits_for": "waits for other jobs to end",
    "held": "held by somebody",
    "no_queue": "in no queue",
    "handed_out": "handed out, not begun yet",
    "paused": "the queue is paused",
    "no_machine": "no machine asks this queue",
    "all_down": "all machines are down",
    "all_locked": "all machines are locked",
    "all_busy": "all machines are busy",
    "behind": "others come first",
    "next": "next in line",
}


class QueueQuery(frame.PageQuery):
    """Whose jobs are shown: a queue's, of which the one with the most is the usual one."""

    queue: query.Text = ""
    count: query.Count = 50
    page: query.Count = 1


class QueuePage(Resource):
    """Queues, and the jobs that wait in one of them."""

    face = face

    @face.endpoint(query=QueueQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show queues, and the jobs that wait in one in their order: 200, 400."""
        asked: QueueQuery = call.query
        recent = Stretch(call.now - outlook.RECENT, call.now)
        found = outlook.queues(call.session, recent, call.now)
        shown, count = _shown(found, asked.queue), min(asked.count, MOST)
        part = query.page(count, asked.page)
        jobs = waiting.waiting(call.session, shown, recent, call.now, part) if shown else []
        said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
        more = shown is not None and part.offset + len(jobs) < shown.queued + shown.waiting
        return frame.show(
            call,
            "pages/lab/queue.html",
            title="Queue",
            topics="queue",
            forms=(),
            queues=found,
            whys=queues.whys(call.session, [each.name for each in found if each.paused_until]),
            shown=shown,
            asked=asked.queue,
            jobs=jobs,
            reasons=REASONS,
            able=holding.able,
            next=addresses.moved(said, page=str(asked.page + 1)) if more and jobs else "",
            first=addresses.changed(said) if asked.page > 1 else "",
        )


def _shown(found: Sequence[Queue], name: str) -> Queue | None:
    """Return the queue that is asked for, else the one in which most wait; None: there is none."""
    if name:
        return next((each for each in found if each.name == name), None)
    return max(found, key=lambda each: (each.queued + each.waiting, each.running), default=None)
