"""``/search``: what is called so, or says so, in groups."""

from typing import Any

from paddles.controllers.pages import face, frame
from paddles.controllers.pages.frame import PageQuery
from paddles.dashboards import finding
from paddles.web import pages, query
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.pages import Page
from paddles.web.resource import Resource


class WordsQuery(PageQuery):
    """What is looked for; ``all`` says that a browser is not to be sent to the one thing that is meant."""

    q: query.Text = ""
    all: query.Text = ""


class SearchPage(Resource):
    """What was found."""

    face = face

    @face.endpoint(query=WordsQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show what was found: 200; 303 to the one thing that is meant; 400."""
        words = call.query.q.strip()
        closed = finding.closed(call.settings)
        found = finding.find(call.session, words, closed) if words else finding.Found(())
        if found.jump and not call.query.all:
            return Page("", 303, {"Location": pages.place(call.settings) + found.jump})
        title = f"Search: {words}" if words else "Search"
        return frame.show(call, "pages/search.html", title=title, q=words, found=found, words=words)
