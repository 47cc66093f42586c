"""Where KernelCI's addresses stand: below ``/latest`` and ``/v0``, and without a version where nobody else is."""

import io
import re
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import BaseModel
from webob import Response

from paddles.controllers.kernelci import browsers, face, lists, submissions, subscriptions
from paddles.controllers.kernelci.events import EventsController
from paddles.controllers.kernelci.folder import Folder
from paddles.controllers.kernelci.groups import GroupController, GroupsController, UserGroupsController
from paddles.controllers.kernelci.keys import KeysFolder
from paddles.controllers.kernelci.nodes import BatchFolder, CountController, NodeController, NodesController
from paddles.controllers.kernelci.pipeline import Pipeline
from paddles.controllers.kernelci.telemetry import TelemetryController
from paddles.controllers.kernelci.users import UserController, UsersController, Whoami
from paddles.controllers.kernelci.webhooks import WebhooksController
from paddles.errors import PaddlesError
from paddles.web import body
from paddles.web.face import Call
from paddles.web.resource import Alias, Found, Resource

VERSION = re.compile(r"v[0-9.]+")
NODE_ID = re.compile(r"[0-9a-fA-F]{24}")
# What nobody asks a list of machines.
NODE_KEYS = frozenset(("kind", "parent", "state", "result", "treeid", "group", "owner"))

# Answered with a version and without one.
EVERYWHERE: dict[str, Resource] = {
    "group": GroupController(),
    "groups": GroupsController(),
    "user": UserController(),
    "user-groups": UserGroupsController(),
    "users": UsersController(),
    "whoami": Whoami(),
    "node": NodeController(),
    "count": CountController(),
    "batch": BatchFolder(),
    "subscribe": subscriptions.SubscribeController(),
    "listen": subscriptions.ListenController(),
    "unsubscribe": subscriptions.UnsubscribeController(),
    "publish": subscriptions.PublishController(),
    "push": lists.PushController(),
    "pop": lists.PopController(),
    "events": EventsController(),
    "kv": KeysFolder(),
    "webhooks": WebhooksController(),
    "telemetry": TelemetryController(),
}
# Answered with a version only: paddles has these names for something else.
VERSIONED: dict[str, Resource] = {"nodes": NodesController(), "stats": subscriptions.StatsFolder()}


class Greeting(BaseModel):
    """What is here."""

    message: str


class Latest(Folder):
    """``/latest``"""

    words: ClassVar[dict[str, Resource]] = {**EVERYWHERE, **VERSIONED}

    @browsers.page("kernelci/root.html")
    @face.endpoint(needs_database=False, answers=Greeting)
    def get_all(self, call: Call) -> Any:
        """Say which API this is: 200. Browsers are shown a page that leads on."""
        return {"message": "KernelCI API"}


LATEST = Latest()
AT_ROOT: dict[str, Resource] = {
    "latest": LATEST,
    "v0": Alias(LATEST),
    **{name: Alias(resource) for name, resource in EVERYWHERE.items()},
    "api": Pipeline(),
    **submissions.AT_ROOT,
}


def unsupported(path: list[str]) -> Found | None:
    """Return where a request goes that asks for a version of the API that there is not; None for any other."""
    if not path or path[0] in AT_ROOT or not VERSION.fullmatch(path[0]):
        return None
    return Found(face, handler=_refuse_version, ids=(path[0],))


def shared(path: list[str], method: str, theirs: Found) -> Found:
    """Return where a request goes that ``theirs`` answers, when it may be one of this API at an address of theirs.

    Without a version ``/nodes`` are machines. A list of nodes is told by its filters, a tree by its id and body.
    """
    if path == ["nodes"] and method in ("GET", "HEAD"):
        others = _asks_for_nodes
    elif len(path) == 2 and path[0] == "nodes" and method == "PUT" and NODE_ID.fullmatch(path[1]):
        others = _brings_a_tree
    else:
        return theirs
    return replace(theirs, other=LATEST.locate(path, method, (), "/latest/"), others=others)


def _asks_for_nodes(environ: dict[str, Any]) -> bool:
    keys = {part.partition("=")[0] for part in environ.get("QUERY_STRING", "").split("&")}
    return any(key in NODE_KEYS or "." in key or "__" in key for key in keys)


def _brings_a_tree(environ: dict[str, Any]) -> bool:
    """Look into the body, and leave it there to be read again."""
    try:
        data = body.read(environ, environ["paddles.context"].settings.max_body_bytes)
    except PaddlesError:
        # Whoever answers will find it wrong, too.
        return False
    environ.update({"wsgi.input": io.BytesIO(data), "CONTENT_LENGTH": str(len(data))})
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return b'"child_nodes"' in data


def _refuse_version(version: str) -> Response:
    text = f"Unsupported API version: {version}"
    return Response(status=400, body=text.encode(), content_type="text/plain", charset="utf-8")
