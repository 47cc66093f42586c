"""``/latest/kv/<namespace>/<key>``: texts that services keep for themselves and for each other."""

from typing import Any, ClassVar

from pydantic import RootModel

from paddles.accounts import access
from paddles.controllers.kernelci import event_words, face
from paddles.controllers.kernelci.folder import Folder
from paddles.events import keys
from paddles.web.face import Call
from paddles.web.resource import Resource


class Value(RootModel[str]):
    """A text."""


class KeyController(Resource):
    """``/latest/kv/<namespace>/<key>``"""

    face = face

    @face.endpoint(answers=str | None, who=access.verified)
    def get_one(self, namespace: str, key: str, call: Call) -> Any:
        """Show what is kept under a key: 200 with a text, or ``null``."""
        return keys.get(call.session, namespace, key)

    @face.endpoint(body=Value | None, answers=str | None, who=access.verified)
    def post_one(self, namespace: str, key: str, call: Call) -> Any:
        """Keep a text, a JSON string, under a key, or nothing more: 200 ``"OK"``, 422 when it is something else."""
        if call.body and call.body.root:
            keys.put(call.session, event_words.channel(namespace), event_words.channel(key), call.body.root)
        else:
            keys.delete(call.session, namespace, key)
        return "OK"

    @face.endpoint(answers=str | None, who=access.verified)
    def delete(self, namespace: str, key: str, call: Call) -> Any:
        """Keep nothing more under a key: 200."""
        keys.delete(call.session, namespace, key)
        return "Key-value pair deleted successfully"


class KeysFolder(Folder):
    """``/latest/kv``"""

    below: ClassVar[Resource | None] = KeyController()
