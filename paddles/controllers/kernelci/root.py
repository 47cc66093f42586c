"""Where KernelCI's addresses stand: below ``/latest`` and ``/v0``, and without a version where nobody else is."""

import re
from typing import Any, ClassVar

from pydantic import BaseModel
from webob import Response

from paddles.controllers.kernelci import face, lists, subscriptions
from paddles.controllers.kernelci.events import EventsController
from paddles.controllers.kernelci.folder import Folder
from paddles.controllers.kernelci.groups import GroupController, GroupsController, UserGroupsController
from paddles.controllers.kernelci.keys import KeysFolder
from paddles.controllers.kernelci.users import UserController, UsersController, Whoami
from paddles.controllers.kernelci.webhooks import WebhooksController
from paddles.web.face import Call
from paddles.web.resource import Alias, Found, Resource

VERSION = re.compile(r"v[0-9.]+")

# Answered with a version and without one.
EVERYWHERE: dict[str, Resource] = {
    "group": GroupController(),
    "groups": GroupsController(),
    "user": UserController(),
    "user-groups": UserGroupsController(),
    "users": UsersController(),
    "whoami": Whoami(),
    "subscribe": subscriptions.SubscribeController(),
    "listen": subscriptions.ListenController(),
    "unsubscribe": subscriptions.UnsubscribeController(),
    "publish": subscriptions.PublishController(),
    "push": lists.PushController(),
    "pop": lists.PopController(),
    "events": EventsController(),
    "kv": KeysFolder(),
    "webhooks": WebhooksController(),
}
# Answered with a version only: paddles has these names for something else.
VERSIONED: dict[str, Resource] = {"stats": subscriptions.StatsFolder()}


class Greeting(BaseModel):
    """What is here."""

    message: str


class Latest(Folder):
    """``/latest``"""

    words: ClassVar[dict[str, Resource]] = {**EVERYWHERE, **VERSIONED}

    @face.endpoint(needs_database=False, answers=Greeting)
    def get_all(self, call: Call) -> Any:
        """Say which API this is: 200."""
        return {"message": "KernelCI API"}


LATEST = Latest()
AT_ROOT: dict[str, Resource] = {
    "latest": LATEST,
    "v0": Alias(LATEST),
    **{name: Alias(resource) for name, resource in EVERYWHERE.items()},
}


def unsupported(path: list[str]) -> Found | None:
    """Return where a request goes that asks for a version of the API that there is not; None for any other."""
    if not path or path[0] in AT_ROOT or not VERSION.fullmatch(path[0]):
        return None
    return Found(face, handler=_refuse_version, ids=(path[0],))


def _refuse_version(version: str) -> Response:
    text = f"Unsupported API version: {version}"
    return Response(status=400, body=text.encode(), content_type="text/plain", charset="utf-8")
