"""``/latest/subscribe``, ``listen``, ``unsubscribe``, ``publish`` and ``stats/subscriptions``: follow channels."""

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel

from paddles.accounts import access
from paddles.controllers.event_queries import place
from paddles.controllers.kernelci import event_words, face, words
from paddles.controllers.kernelci.folder import Folder
from paddles.errors import Conflict, Forbidden
from paddles.events import cloudevents, feed, log, subscriptions
from paddles.events.subscriptions import Steering
from paddles.web import query
from paddles.web.face import Call
from paddles.web.parking import Later
from paddles.web.resource import Resource


class Subscription(BaseModel):
    """A subscription that was made, or found again."""

    id: int
    channel: str
    user: str
    promiscuous: bool


class SubscriptionShown(Subscription):
    """A subscription, and when somebody last listened to it."""

    created: str
    last_poll: str


class Message(BaseModel):
    """What a listener is answered with: ``data`` is a CloudEvent as text."""

    type: str
    pattern: None
    channel: str
    data: str


def _said(value: Any) -> Any:
    if value in (None, "", {}, []):
        raise ValueError("must not be empty")
    return value


class Said(BaseModel):
    """What is to be told on a channel."""

    data: Annotated[Any, AfterValidator(_said)]
    type: str | None = None
    source: str | None = None
    attributes: dict[str, Any] | None = None


class Asked(query.Query):
    """How to follow a channel."""

    promisc: query.Boolean = False
    subscriber_id: query.Text | None = None


class Steered(query.Query):
    """Where to go on, for listeners who say so: places, or numbers of events."""

    ack: query.Text | None = None
    after: query.Text | None = None


class SubscribeController(Resource):
    """``/latest/subscribe/<channel>``"""

    face = face

    @face.endpoint(query=Asked, answers=Subscription, who=access.verified, refuses=(Conflict,))
    def post_one(self, channel: str, call: Call) -> Any:
        """Follow a channel: 200, 409 when the ``subscriber_id`` is another user's or of another channel."""
        asked: Asked = call.query
        if channel == log.AUDIT:
            access.superuser(call.principal)
        number = subscriptions.subscribe(
            call.session,
            event_words.channel(channel),
            call.principal.username,
            call.now,
            promiscuous=asked.promisc,
            subscriber_id=asked.subscriber_id or None,
        )
        return {"id": number, "channel": channel, "user": call.principal.username, "promiscuous": asked.promisc}


class ListenController(Resource):
    """``/latest/listen/<sub_id>``"""

    face = face
    head = False

    @face.endpoint(query=Steered, writes=True, answers=Message, who=access.verified)
    def get_one(self, sub_id: str, call: Call) -> Any:
        """Wait for the next event: 200 with it, or with ``BEEP`` for data when there is none for a while; 403, 404.

        What the listen before gave is acknowledged. ``ack`` says up to where all is there instead; ``after`` asks for
        what comes after a place, and acknowledges nothing.
        """
        number, user = event_words.number("sub_id", sub_id), call.principal.username
        asked: Steered = call.query
        steering = Steering(*(None if said is None else place(call.session, said) for said in (asked.ack, asked.after)))
        heard = subscriptions.listen(call.session, number, user, call.now, epoch=call.memo, steering=steering)
        source = call.settings.event_source
        if heard.event is not None:
            call.present()
            return event_words.message(heard.channel, cloudevents.of(heard.event, source))
        beep = event_words.message(heard.channel, cloudevents.beep(call.now, source))
        if heard.overtaken:
            return beep
        keys = feed.waiting_for(heard.channel, user, promiscuous=heard.promiscuous)
        return Later(beep, call.settings.keep_alive_s, keys, heard.epoch)


class UnsubscribeController(Resource):
    """``/latest/unsubscribe/<sub_id>``"""

    face = face
    head = False

    @face.endpoint(answers=None, who=access.verified)
    def post_one(self, sub_id: str, call: Call) -> Any:
        """End a subscription: 200 ``null``, 403 when it is another user's, 404."""
        subscriptions.unsubscribe(call.session, event_words.number("sub_id", sub_id), call.principal.username)

    @face.endpoint(answers=None, who=access.verified, writes=True)
    def get_one(self, sub_id: str, call: Call) -> Any:
        """Do the same for clients that ask in this way."""
        subscriptions.unsubscribe(call.session, event_words.number("sub_id", sub_id), call.principal.username)


class PublishController(Resource):
    """``/latest/publish/<channel>``"""

    face = face

    @face.endpoint(body=Said, answers=None, who=access.verified)
    def post_one(self, channel: str, call: Call) -> Any:
        """Tell something on a channel: 200 ``null``, 422 when nothing is said."""
        said: Said = call.body
        if channel == log.AUDIT:
            raise Forbidden("Forbidden")
        more = cloudevents.extensions(said.attributes or {})
        if said.source:
            more["source"] = said.source
        log.publish(
            call.session,
            event_words.channel(channel),
            said.type or cloudevents.TYPE,
            said.data,
            owner=call.principal.username,
            extensions=more,
        )


class SubscriptionsController(Resource):
    """``/latest/stats/subscriptions``"""

    face = face

    @face.endpoint(answers=list[SubscriptionShown], who=access.superuser)
    def get_all(self, call: Call) -> Any:
        """List all subscriptions: 200."""
        return [
            {
                "id": each.id,
                "channel": each.channel,
                "user": each.username,
                "promiscuous": each.promiscuous,
                "created": words.timestamp(each.created),
                "last_poll": words.timestamp(each.polled),
            }
            for each in subscriptions.listed(call.session)
        ]


class StatsFolder(Folder):
    """``/latest/stats``"""

    words: ClassVar[dict[str, Resource]] = {"subscriptions": SubscriptionsController()}
