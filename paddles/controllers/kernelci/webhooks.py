"""``/latest/webhooks``: addresses that are told of events, for superusers."""

from typing import Any, ClassVar, Literal

import orjson
from pydantic import BaseModel

from paddles.accounts import access
from paddles.controllers.kernelci import event_words, face, words
from paddles.events import webhooks
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Resource

MOST = 1000


class Wanted(BaseModel):
    """A webhook to be made; without a ``secret`` it is given one."""

    url: query.Text
    topics: list[query.Text]
    secret: query.Text | None = None


class Changed(BaseModel):
    """What is to be another about a webhook."""

    url: query.Text | None = None
    topics: list[query.Text] | None = None
    secret: query.Text | None = None


class Webhook(BaseModel):
    """A webhook; ``due`` and ``dead`` are how many events it was not told yet, and never will be by itself."""

    id: int
    url: str
    topics: list[str]
    user: str
    created: str
    due: int
    dead: int


class Made(BaseModel):
    """A webhook that was made; its secret is shown this once."""

    id: int
    secret: str


class Delivery(BaseModel):
    """An event that a webhook did not take yet."""

    id: int
    status: str
    attempts: int
    next_try: str
    fault: str
    event: Any


class Revived(BaseModel):
    """How many deliveries are tried again."""

    revived: int


class DeliveriesQuery(query.Query):
    """Which deliveries."""

    status: Literal["due", "dead"] | None = None
    limit: query.Count = 100


def number(webhook_id: str) -> int:
    """Return the number of a webhook. Raises Malformed."""
    return event_words.number("webhook_id", webhook_id)


def shown(hook: Any) -> dict[str, Any]:
    """Return a webhook as it is shown."""
    return {
        "id": hook.id,
        "url": hook.url,
        "topics": hook.topics,
        "user": hook.username,
        "created": words.timestamp(hook.created),
        "due": hook.due,
        "dead": hook.dead,
    }


class DeliveriesController(Resource):
    """``/latest/webhooks/<webhook_id>/deliveries``"""

    face = face

    @face.endpoint(query=DeliveriesQuery, answers=list[Delivery], who=access.superuser)
    def get_all(self, webhook_id: str, call: Call) -> Any:
        """List what a webhook was not told, the oldest first: 200, 404. What is ``dead`` was given up."""
        asked: DeliveriesQuery = call.query
        found = webhooks.deliveries(call.session, number(webhook_id), asked.status, min(asked.limit, MOST))
        return orjson.dumps(
            [
                {
                    "id": each.id,
                    "status": each.status,
                    "attempts": each.attempts,
                    "next_try": words.timestamp(each.next_try),
                    "fault": each.fault,
                    "event": orjson.Fragment(bytes(each.event)),
                }
                for each in found
            ]
        )

    @face.endpoint(answers=Revived, who=access.superuser)
    def post(self, webhook_id: str, call: Call) -> Any:
        """Try again what was given up: 200, 404."""
        return {"revived": webhooks.revive(call.session, number(webhook_id), call.now)}


class WebhooksController(Resource):
    """``/latest/webhooks``"""

    face = face
    nested: ClassVar[dict[str, Resource]] = {"deliveries": DeliveriesController()}

    @face.endpoint(answers=list[Webhook], who=access.superuser)
    def get_all(self, call: Call) -> Any:
        """List the webhooks: 200."""
        return [shown(each) for each in webhooks.listed(call.session)]

    @face.endpoint(body=Wanted, answers=Made, who=access.superuser)
    def post(self, call: Call) -> Any:
        """Have an address told of all events of some channels, from now on: 200 with the secret, 400, 422."""
        said: Wanted = call.body
        made, secret = webhooks.create(
            call.session, said.url, said.secret, said.topics, call.principal.username, call.now
        )
        return {"id": made.id, "secret": secret}

    @face.endpoint(answers=Webhook, who=access.superuser)
    def get_one(self, webhook_id: str, call: Call) -> Any:
        """Show a webhook: 200, 404."""
        return shown(webhooks.find(call.session, number(webhook_id)))

    @face.endpoint(body=Changed, answers=Webhook, who=access.superuser)
    def put(self, webhook_id: str, call: Call) -> Any:
        """Change what is said of a webhook: 200, 400, 404, 422."""
        said: Changed = call.body
        webhooks.change(call.session, number(webhook_id), said.url, said.secret, said.topics)
        return shown(webhooks.find(call.session, number(webhook_id)))

    @face.endpoint(answers=None, who=access.superuser)
    def delete(self, webhook_id: str, call: Call) -> Any:
        """Take a webhook away, with all that it was not told yet: 200 ``null``, 404."""
        webhooks.delete(call.session, number(webhook_id))
