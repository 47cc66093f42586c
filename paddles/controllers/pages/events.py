"""``/latest/events``: what has happened, the newest first."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Row

from paddles.archive import links
from paddles.controllers import event_queries
from paddles.controllers.event_queries import EventsQuery
from paddles.controllers.pages import addresses, documents, frame, listing
from paddles.controllers.pages import kernelci as face
from paddles.controllers.pages.documents import Document
from paddles.controllers.pages.listing import Chip, Choice
from paddles.controllers.pages.node_parts import Narrowed
from paddles.events import cloudevents, history, topics
from paddles.nodes.kinds import KINDS
from paddles.nodes.states import RESULTS, STATES
from paddles.web import auth, query
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource

USUAL, MOST = 50, 200
# Of one event much is shown, of many little of each.
MOST_BYTES_OF_ONE, MOST_BYTES_OF_MANY = 256 * 1024, 8 * 1024
# What the form asks for: channels are whatever users agree on, these are the service's own.
FIELDS = (
    ("channel", "Channel", tuple(topics.ALSO)),
    ("kind", "Kind of node", KINDS),
    ("state", "State", STATES),
    ("result", "Result", RESULTS),
    ("op", "Operation", ("created", "updated")),
    ("owner", "Owner", ()),
    ("from", "After (UTC)", ()),
    ("until", "Before (UTC)", ()),
)
TITLES = {name: title for name, title, _ in FIELDS}
KNOWN = frozenset((*TITLES, "name", "group", "path", "id", "ids", "node_id", "from_seq"))
NODES = "node"
# What addresses call a machine.
OF_MACHINE = re.compile("^(nodes|workers)/")
# What says which part of the list is shown, or how, and narrows nothing down.
PART = frozenset(("before", "limit", "recursive", auth.PARAMETER, *addresses.PLACE))


class ListQuery(EventsQuery):
    """Which events: those ``before`` a place in the log, the nearest to it first."""

    before: query.Text | None = None
    fragment: query.Text = ""
    form: query.Text = ""


@dataclass(frozen=True)
class Told:
    """An event, what it is called, the address of what it is about and what that is called, and what it says."""

    event: Any
    id: str
    about: str
    name: str
    says: Mapping[str, str]
    data: Document


class EventsPage(Resource):
    """The history."""

    face = face

    @face.endpoint(query=ListQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show events, the newest first: 200, 400."""
        asked: ListQuery = call.query
        if asked.form:
            return listing.tidied(call)
        wanted = asked.wanted(call.session)
        if asked.before is not None:
            wanted = replace(wanted, before=event_queries.place(call.session, asked.before))
        limit = min(asked.limit or USUAL, MOST)
        found = history.latest(call.session, wanted, limit + 1)
        said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
        elsewhere = [pair for pair in said if pair[0] != "before"]
        return frame.show(
            call,
            "pages/nodes/events.html",
            title="Events",
            topics="trees" if asked.channel == NODES and asked.before is None else "",
            rows=_narrowed(said),
            events=_told(found[:limit]),
            next=addresses.moved(elsewhere, before=cloudevents.place(found[limit - 1])) if len(found) > limit else "",
            first=addresses.changed(elsewhere) if asked.before is not None else "",
        )


def about(event: Any, said: Mapping[str, Any]) -> str:
    """Return the address of what an event is about, by its subject and data; blank where nothing of ours is."""
    known = {name: value for name, value in said.items() if isinstance(value, str) and value}
    subject, run = event.subject, known.get("run", "")
    if subject.startswith("node/"):
        return f"/latest/{subject}" if f"node/{event_queries.node_id(event)}" == subject else ""
    if run and subject.startswith(f"runs/{run}"):
        key = subject.removeprefix(f"runs/{run}").removeprefix("/jobs/")
        return links.job(run, key) if key else links.run(run)
    if "machine" in known:
        return addresses.path("nodes", known["machine"])
    if event.channel == "queue" and "queue" in known:
        return "/queue/?" + urlencode({"queue": known["queue"]})
    if event.channel == "regression" and isinstance(said.get("id"), int):
        return f"/regressions/{said['id']}"
    return f"/projects/{'/'.join(map(addresses.segment, known['project'].split('/')))}/" if "project" in known else ""


def _told(found: Sequence[Row[Any]]) -> list[Told]:
    most = MOST_BYTES_OF_ONE if len(found) == 1 else MOST_BYTES_OF_MANY
    told = []
    for event in found:
        content = bytes(event.data)
        said = documents.mapping(content)
        says = {name: value for name in history.SAID if isinstance(value := said.get(name), str)}
        name = says.get("name") or OF_MACHINE.sub("machine ", event.subject)
        data = documents.of(content, most)
        told.append(Told(event, event_queries.record_id(event), about(event, said), name, says, data))
    return told


def _narrowed(said: addresses.Pairs) -> Narrowed:
    values = dict(said)
    return Narrowed(
        [Choice(name, title, tuple(among), values.get(name, "")) for name, title, among in FIELDS],
        [
            Chip(f"{TITLES.get(name, name)}: {value}", addresses.without(said, name, value))
            for name, value in said
            if name in KNOWN or name.startswith(event_queries.PREFIX)
        ],
        [name for name, _ in said if name not in KNOWN | PART and not name.startswith(event_queries.PREFIX)],
    )
