"""``/runs/<word>/<value>/...``: chains of filters as the first paddles had them, which lead to the list of runs."""

import datetime
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from paddles.archive import run_search
from paddles.archive.run_search import RunFilter
from paddles.controllers.pages import addresses, face, frame
from paddles.errors import NotFound
from paddles.listing import moments
from paddles.web import pages
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.pages import Page
from paddles.web.resource import Resource

WORDS = {
    **{word: word for word in ("branch", "suite", "user", "machine_type", "status", "sha1", "flavor")},
    "flavors": "flavor",
    "date": "date",
    "queued": "queued",
}
MOST_VALUES = 2000


class RunChainPage(Resource):
    """What stands below one word."""

    face = face
    chain = True

    def __init__(self, word: str) -> None:
        self.word = word

    @face.endpoint(query=frame.PageQuery, answers=Html)
    def get_chain(self, path: tuple[str, ...], call: Call) -> Any:
        """Lead to the list of these runs: 303; of a word without a value show what there is of it: 200; 404."""
        if not path and self.word != "queued":
            return _values(call, WORDS[self.word])
        said = [*_read([self.word, *path], call), *addresses.pairs(call.headers.get("QUERY_STRING", ""))]
        return Page("", 303, {"Location": f"{pages.place(call.settings)}/runs/{addresses.written(said)}"})


def _values(call: Call, word: str) -> Page:
    found = run_search.values(call.session, word, RunFilter(), call.settings.timezone)
    return frame.show(
        call,
        "pages/runs/values.html",
        title=f"Runs by {word.replace('_', ' ')}",
        crumbs=[("Runs", "/runs/")],
        word=word,
        links=[(value, f"/runs/{word}/{quote(value, safe='')}/") for value in found[:MOST_VALUES]],
        more=len(found) > MOST_VALUES,
    )


def _read(path: list[str], call: Call) -> Iterator[tuple[str, str]]:
    """Yield the parameters that a chain stands for. Raises NotFound, Invalid."""
    used = set()
    while path:
        word = WORDS.get(path.pop(0), "")
        if not word or word in used:
            raise NotFound("resource was not found")
        used.add(word)
        if word == "queued":
            yield "n_queued>", "1"
        elif path and word == "date":
            yield from _dates(path, call)
        elif path:
            yield word, path.pop(0)


def _dates(path: list[str], call: Call) -> Iterator[tuple[str, str]]:
    """Take a day, or ``from <a> to <b>``, off the front of a chain."""
    first = last = path.pop(0)
    if first == "from":
        if len(path) < 3 or path[1] != "to":
            raise NotFound("resource was not found")
        first, last = path[0], path[2]
        del path[:3]
    zone = call.settings.zone
    yield "since", _written(moments.day(first, call.now, zone))
    yield "until", _written(moments.next_day(last, call.now, zone))


def _written(moment: datetime.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%MZ")
