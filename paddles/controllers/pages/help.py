"""``/help/keys`` and ``/about``: what the pages themselves can do, and what they are made of."""

import functools
import json
from importlib import resources
from typing import Any, ClassVar

import paddles
from paddles.controllers.pages import frame, plain
from paddles.controllers.pages.frame import PageQuery
from paddles.db import migrations
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource

# What a key does, while nobody types; the script of the pages has the same list.
KEYS = (
    ("/", "search"),
    ("f", "the filter"),
    ("j k", "next, previous row"),
    ("n p", "next, previous failure"),
    ("Enter", "open the row"),
    ("o", "open it in a new tab"),
    ("l", "log"),
    ("x", "select the row"),
    ("c", "compare what is selected"),
    ("r", "run again"),
    ("y", "copy the address of this page"),
    ("t", "theme"),
    ("[ ]", "previous, next run of the suite"),
    ("g r", "runs"),
    ("g q", "queue"),
    ("g n", "machines"),
    ("g m", "matrix"),
    ("g t", "tests"),
    ("g e", "regressions"),
    ("?", "these keys"),
    ("Esc", "close, leave a field"),
)


class KeysPage(Resource):
    """The keys."""

    face = plain

    @plain.endpoint(query=PageQuery, answers=Html, needs_database=False)
    def get_all(self, call: Call) -> Any:
        """Show what keys do: 200."""
        return frame.show(call, "pages/help/keys.html", title="Keys", keys=KEYS, forms=())


class HelpFolder(Resource):
    """``/help``"""

    face = plain
    words: ClassVar[dict[str, Resource]] = {"keys": KeysPage()}


class AboutPage(Resource):
    """The service."""

    face = plain

    @plain.endpoint(query=PageQuery, answers=Html, needs_database=False)
    def get_all(self, call: Call) -> Any:
        """Show versions, and the licences of what others have made: 200."""
        return frame.show(
            call,
            "pages/help/about.html",
            title="About paddles",
            version=paddles.__version__,
            migration=migrations.head(),
            vendored=vendored(),
            forms=(),
        )


@functools.cache
def vendored() -> dict[str, Any]:
    """Return what lies in the package and was made by others: its version, licence and what it is for."""
    found: dict[str, Any] = json.loads(resources.files("paddles").joinpath("static/vendored.json").read_text())
    return found
