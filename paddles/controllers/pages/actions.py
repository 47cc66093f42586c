"""``/actions/``: which actions there are, by what they are called in addresses."""

from typing import ClassVar

from paddles.controllers.pages import face
from paddles.controllers.pages.build_actions import CancelBuildPage, RerunBuildPage
from paddles.controllers.pages.hold_actions import HoldPage, LetGoPage
from paddles.controllers.pages.ingest_actions import ReadAgainPage
from paddles.controllers.pages.kill_action import KillPage
from paddles.controllers.pages.known_issues import EndIssuePage, IssuePage
from paddles.controllers.pages.machine_actions import LockPage, MarkPage, UnlockPage
from paddles.controllers.pages.note_actions import EndNotePage, NotePage
from paddles.controllers.pages.priority_action import PriorityPage
from paddles.controllers.pages.queue_actions import PausePage, ResumePage
from paddles.controllers.pages.regressions import TriagePage
from paddles.controllers.pages.rerun_actions import ClonePage, RerunPage
from paddles.web.resource import Resource


class ActionsFolder(Resource):
    """``/actions/<what>``: a page for each."""

    face = face
    words: ClassVar[dict[str, Resource]] = {
        "cancel-build": CancelBuildPage(),
        "clone": ClonePage(),
        "end-known-issue": EndIssuePage(),
        "end-note": EndNotePage(),
        "hold": HoldPage(),
        "kill": KillPage(),
        "known-issue": IssuePage(),
        "let-go": LetGoPage(),
        "lock": LockPage(),
        "mark": MarkPage(),
        "note": NotePage(),
        "pause": PausePage(),
        "priority": PriorityPage(),
        "read-again": ReadAgainPage(),
        "regression": TriagePage(),
        "rerun": RerunPage(),
        "rerun-build": RerunBuildPage(),
        "resume": ResumePage(),
        "unlock": UnlockPage(),
    }
