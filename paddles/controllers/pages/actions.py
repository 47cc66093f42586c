"""``/actions/``: which actions there are, by what they are called in addresses."""

from typing import ClassVar

from paddles.controllers.pages import face
from paddles.controllers.pages.known_issues import EndIssuePage, IssuePage
from paddles.controllers.pages.note_actions import EndNotePage, NotePage
from paddles.controllers.pages.queue_actions import PausePage, ResumePage
from paddles.controllers.pages.regressions import TriagePage
from paddles.web.resource import Resource


class ActionsFolder(Resource):
    """``/actions/<what>``: a page for each."""

    face = face
    words: ClassVar[dict[str, Resource]] = {
        "end-known-issue": EndIssuePage(),
        "end-note": EndNotePage(),
        "known-issue": IssuePage(),
        "note": NotePage(),
        "pause": PausePage(),
        "regression": TriagePage(),
        "resume": ResumePage(),
    }
