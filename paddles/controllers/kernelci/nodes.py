"""``/latest/node``, ``/latest/nodes``, ``/latest/count`` and ``/latest/batch``: the tree of nodes."""

from typing import Any, ClassVar

from paddles.accounts import access
from paddles.controllers.kernelci import callbacks, face, labs, node_bodies, node_words
from paddles.controllers.kernelci.folder import Folder
from paddles.controllers.kernelci.words import page
from paddles.controllers.node_queries import CountQuery, NodesQuery
from paddles.db import object_ids
from paddles.db.pages import Page
from paddles.errors import Conflict, Invalid, NotFound
from paddles.nodes import hierarchy, nodes, search
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Resource

# A list without pages has at most so many nodes: what is more is asked for in parts.
MOST_AT_ONCE = 20_000


class NodeQuery(query.Query):
    """How a node is written: without an event where ``noevent`` says so."""

    noevent: query.Boolean = False


class NodeController(Resource):
    """``/latest/node``"""

    face = face

    @face.endpoint(
        body=node_bodies.New,
        query=NodeQuery,
        answers=node_words.NodeShown,
        who=access.known,
        refuses=(NotFound, Conflict),
    )
    def post(self, call: Call) -> Any:
        """Create a node, and the job that it asks for: 200 the node; 404 for its parent; 400, 409 for the job."""
        said = node_bodies.said(call.body)
        tell, lab = not call.query.noevent, labs.of(call.settings)
        node = nodes.create(call.session, said, call.principal, call.now, tell=tell, lab=lab)
        return node_words.written(node)

    @callbacks.programs.endpoint(
        body=bytes, answers={202: callbacks.Taken}, who=callbacks.reporter, refuses=(NotFound, Conflict)
    )
    def post_one(self, node_id: str, call: Call) -> Any:
        """Take what LAVA says of a node's job when that has ended: 202; 400, 401, 404."""
        return callbacks.take(node_id, call)

    @face.endpoint(answers=node_words.NodeShown | None, fresh=True)
    def get_one(self, node_id: str, call: Call) -> Any:
        """Show a node: 200, null when there is none."""
        row = search.one(call.session, object_ids.check(node_id))
        return node_words.node(row) if row else None

    @face.endpoint(body=node_bodies.Whole, query=NodeQuery, answers=node_words.NodeShown, who=access.known)
    def put(self, node_id: str, call: Call) -> Any:
        """Change a node to what is sent: 200 the node; 400, 401, 404."""
        said = node_bodies.said(call.body)
        tell = not call.query.noevent
        node = nodes.change(call.session, object_ids.check(node_id), said, call.principal, call.now, tell=tell)
        return node_words.written(node)

    @face.endpoint(body=node_bodies.Patch, query=NodeQuery, answers=node_words.NodeShown, who=access.known)
    def patch(self, node_id: str, call: Call) -> Any:
        """Change what is sent of a node: 200 the node; 400, 401, 404."""
        said = node_bodies.said(call.body)
        tell = not call.query.noevent
        node = nodes.patch(call.session, object_ids.check(node_id), said, call.principal, call.now, tell=tell)
        return node_words.written(node)


class FastController(Resource):
    """``/latest/nodes/fast``"""

    face = face

    @face.endpoint(query=CountQuery, answers=list[node_words.NodeShown], fresh=True)
    def get_all(self, call: Call) -> Any:
        """List the nodes that match: 200 a list, all of them where no limit is given; 400 when they are too many."""
        asked: CountQuery = call.query
        limit = min(asked.limit or MOST_AT_ONCE + 1, MOST_AT_ONCE + 1)
        found = search.find(call.session, asked.asked, Page(limit, asked.offset), asked.order)
        if len(found) > MOST_AT_ONCE and asked.limit != len(found):
            raise Invalid(f"more than {MOST_AT_ONCE} nodes match: give a limit of no more than that")
        return [node_words.node(row) for row in found]


class NodesController(Resource):
    """``/latest/nodes``"""

    face = face
    words: ClassVar[dict[str, Resource]] = {"fast": FastController()}

    @face.endpoint(query=NodesQuery, answers=node_words.NodesShown, fresh=True)
    def get_all(self, call: Call) -> Any:
        """List the nodes that match, a page of them: 200."""
        asked: NodesQuery = call.query
        filters, part, order = asked.asked, asked.part, asked.order
        found = search.find(call.session, filters, part, order)
        total = search.total(call.session, filters, part, order, len(found)) if asked.total == "yes" else None
        return page((node_words.node(row) for row in found), total, part)

    @face.endpoint(
        body=node_bodies.Tree,
        query=NodeQuery,
        answers=list[node_words.NodeShown],
        who=access.known,
        refuses=(NotFound, Conflict),
    )
    def put(self, node_id: str, call: Call) -> Any:
        """Change a node and create all that is sent below it: 200 the list of them, each before those below it."""
        tree = node_bodies.branch(call.body)
        asked, tell, lab = object_ids.check(node_id), not call.query.noevent, labs.of(call.settings)
        made = hierarchy.submit(call.session, asked, tree, call.principal, call.now, tell=tell, lab=lab)
        return [node_words.written(node) for node in made]


class CountController(Resource):
    """``/latest/count``"""

    face = face

    @face.endpoint(query=CountQuery, answers=int, fresh=True)
    def get_all(self, call: Call) -> Any:
        """Count the nodes that match: 200 a number."""
        return search.count(call.session, call.query.asked)


class NodesetController(Resource):
    """``/latest/batch/nodeset``"""

    face = face

    @face.endpoint(body=node_bodies.Marks, answers=int, who=access.known, refuses=(NotFound,))
    def put_all(self, call: Call) -> Any:
        """Set one field of many nodes, of those that the user may change: 200 how many; 404 for an unknown one."""
        said: node_bodies.Marks = call.body
        if said.field != "processed_by_kcidb_bridge":
            raise Invalid("Field not supported")
        ids = [object_ids.check(each) for each in said.nodes]
        return nodes.mark(call.session, ids, said.value, call.principal)


class BatchFolder(Folder):
    """``/latest/batch``"""

    words: ClassVar[dict[str, Resource]] = {"nodeset": NodesetController()}
