"""``/latest/push`` and ``pop``: lists, of which each item goes to one taker."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from paddles.accounts import access
from paddles.controllers.kernelci import event_words, face
from paddles.errors import Unavailable
from paddles.events import cloudevents, feed, lists
from paddles.web.face import Call
from paddles.web.parking import Later
from paddles.web.resource import Resource

# Clients give up after a minute.
LONGEST_WAIT_S = 600


class Item(BaseModel):
    """What is to be put into a list; whatever else is said becomes attributes of its event."""

    model_config = ConfigDict(extra="allow")

    data: Any
    type: str | None = None
    source: str | None = None


class CloudEvent(BaseModel):
    """An event as CloudEvents 1.0 describes it, with further attributes."""

    model_config = ConfigDict(extra="allow")

    specversion: str
    id: str
    source: str
    type: str
    time: str
    data: Any
    owner: str | None = None


class PushController(Resource):
    """``/latest/push/<list_name>``"""

    face = face

    @face.endpoint(body=Item, answers=None, who=access.verified)
    def post_one(self, list_name: str, call: Call) -> Any:
        """Put something at the end of a list: 200 ``null``, 422 without ``data``."""
        said: Item = call.body
        event = cloudevents.item(
            said.data,
            call.now,
            said.source or call.settings.event_source,
            call.principal.username,
            type_=said.type or cloudevents.TYPE,
            more=said.model_extra or {},
        )
        lists.push(call.session, event_words.channel(list_name), event)


class PopController(Resource):
    """``/latest/pop/<list_name>``"""

    face = face
    head = False

    @face.endpoint(answers=CloudEvent, who=access.verified, writes=True)
    def get_one(self, list_name: str, call: Call) -> Any:
        """Wait for the oldest item of a list, and take it: 200 with the CloudEvent, 503 when none came in ten minutes.

        Nobody else is given it.
        """
        event = lists.pop(call.session, event_words.channel(list_name))
        if event is None:
            return Later(Unavailable("the list is empty"), LONGEST_WAIT_S, feed.waiting_for_item(list_name))
        call.present()
        return event
