"""``/latest/nodes`` and ``/latest/node/<id>``: elements of result trees, which have nothing to do with machines."""

from typing import Any, Literal

from sqlalchemy import Row

from paddles.archive import links
from paddles.controllers import event_queries
from paddles.controllers.node_queries import NodesQuery
from paddles.controllers.pages import addresses, documents, frame, listing, node_parts
from paddles.controllers.pages import kernelci as face
from paddles.db import object_ids
from paddles.db.pages import Page as Part
from paddles.errors import NotFound
from paddles.events import history
from paddles.events.history import Wanted
from paddles.listing.search import Count
from paddles.nodes import family, search
from paddles.web import query
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource

LIST = ("Nodes", "/latest/nodes")
# Up to how many nodes are counted, and how many events are shown of one.
MOST_COUNTED, MOST_EVENTS = 10_000, 50
# What says which part of the list is shown.
PART = ("offset", "after")


class ListQuery(NodesQuery):
    """Which nodes, the newest first unless it is said; what says how the page is shown is no filter."""

    sort: Literal["created", "-created"] = "-created"
    fragment: query.Text = ""
    form: query.Text = ""
    format: query.Text = ""


class NodesPage(Resource):
    """All nodes."""

    face = face

    @face.endpoint(query=ListQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show nodes, the newest first: 200, 400."""
        asked: ListQuery = call.query
        if asked.form:
            return listing.tidied(call)
        part, filters, order = asked.part, asked.asked, asked.order
        found = search.brief(call.session, filters, Part((part.limit or 0) + 1, part.offset), order)
        rows = found[: part.limit]
        more = len(found) > len(rows)
        said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
        elsewhere = [pair for pair in said if pair[0] not in PART]
        return frame.show(
            call,
            "pages/nodes/list.html",
            title="Nodes of result trees",
            topics="trees",
            rows=node_parts.narrowed(filters, said),
            nodes=rows,
            total=_total(call, part, more=more, shown=len(rows)),
            next=addresses.moved(elsewhere, after=rows[-1].id) if more else "",
            first=addresses.changed(elsewhere) if asked.after or part.offset else "",
            turned=addresses.changed(elsewhere, sort="-created" if asked.sort == "created" else "created"),
            newest_first=order.newest_first,
            alike=node_parts.alike,
            formatted=_formatted,
        )


class NodePage(Resource):
    """One node, what it is below and what is below it."""

    face = face

    @face.endpoint(query=frame.PageQuery, answers=Html)
    def get_one(self, node_id: str, call: Call) -> Any:
        """Show a node: 200, 400, 404."""
        checked = object_ids.check(node_id)
        node = search.one(call.session, checked)
        if node is None:
            raise NotFound(f"there is no node {checked}")
        above = family.above(call.session, checked)
        events = history.latest(call.session, Wanted(said={history.NODE: checked}), MOST_EVENTS + 1)
        ids = [event_queries.record_id(event) for event in events]
        data = documents.mapping(node.data)
        return frame.show(
            call,
            "pages/nodes/one.html",
            title=node.name,
            crumbs=(LIST, *((each.name, node_parts.at(each.id)) for each in above)),
            topics="trees",
            node=node,
            above=above,
            revision=node_parts.revision(data),
            facts=node_parts.facts(data),
            others=node_parts.others(data),
            tree=node_parts.drawn(family.below(call.session, checked)),
            job=_job(call, checked),
            artifacts=sorted(documents.mapping(node.artifacts).items()),
            data=documents.of(node.data),
            debug=documents.of(node.debug),
            turns=node_parts.turns(events, ids, None if node.state == "done" else call.now)[:MOST_EVENTS],
            more=len(events) > MOST_EVENTS,
            alike=node_parts.alike,
        )


def _total(call: Call, part: Part, *, more: bool, shown: int) -> Count:
    asked: ListQuery = call.query
    if not (more or asked.after or part.offset):
        return Count(shown)
    found = search.count_up_to(call.session, asked.asked, MOST_COUNTED + 1)
    return Count(min(found, MOST_COUNTED), found <= MOST_COUNTED)


def _formatted(said: addresses.Pairs, form: str) -> str:
    """Return the parameters of the same nodes in another form, which programs are given the oldest first."""
    order = () if "sort" in dict(said) else (("sort", "-created"),)
    return addresses.formatted([*said, *order], form)


def _job(call: Call, node_id: str) -> tuple[Row[Any], str] | None:
    """Return the job behind a node and its address."""
    found = family.job(call.session, node_id)
    return (found, links.job(found.run, found.key)) if found else None
