"""``/badges``: how a run, the newest of a suite and branch, or a test fares, for pages of others.

JobServ's badges have addresses of their own below ``/badge``, where a suite may be called anything but ``run``.
"""

import datetime
from typing import Any, ClassVar

from paddles.analysis import history
from paddles.archive import run_search
from paddles.archive.sources import RUNS
from paddles.archive.status import FINISHED
from paddles.controllers.dashboard import face, kept
from paddles.errors import NotFound
from paddles.listing import search
from paddles.listing.filters import Wanted
from paddles.listing.search import Asked, Part
from paddles.projects import badges
from paddles.web import answers
from paddles.web.endpoint import Svg
from paddles.web.face import Call
from paddles.web.resource import Form, Resource

ENDING = ".svg"
# How long a badge may be shown without asking, in seconds, and since when results of a test count.
FRESH_S = 30
LATELY = datetime.timedelta(days=30)


def _name(path: tuple[str, ...]) -> str:
    name = "/".join(path)
    if not name.endswith(ENDING):
        raise NotFound(f"badges are images: their addresses end in {ENDING}")
    return name.removesuffix(ENDING)


def _drawn(call: Call, label: str, message: str, status: str) -> answers.File:
    return answers.versioned(badges.badge(label, message, status).encode(), kept(call.settings, FRESH_S))


class RunBadge(Resource):
    """``/badges/runs/<name>.svg``"""

    face = face
    chain: ClassVar[bool] = True
    forms = (Form("{name}.svg", Svg),)

    @face.endpoint(answers=Svg)
    def get_chain(self, path: tuple[str, ...], call: Call) -> Any:
        """Show how a run fares: 200 with an image, 404."""
        run = run_search.run(call.session, _name(path))
        label = f"{run.suite} {run.branch}".strip() or "run"
        return _drawn(call, label, run.status, badges.OF_RUNS.get(run.status, ""))


class SuiteBadge(Resource):
    """``/badges/suites/<suite>/<branch>.svg``"""

    face = face
    chain: ClassVar[bool] = True
    forms = (Form("{suite}/{branch}.svg", Svg),)

    @face.endpoint(answers=Svg)
    def get_chain(self, path: tuple[str, ...], call: Call) -> Any:
        """Show how the newest run of a suite on a branch ended that has ended: 200 with an image, 404."""
        suite, branch = path[0] if path else "", _name(path[1:])
        words = {"suite": (suite,), "branch": (branch,), "status": FINISHED}
        asked = Asked([Wanted(name, "in", values) for name, values in words.items()], names=("status",))
        for row in search.page(call.session, RUNS, asked, Part(1)).rows:
            return _drawn(call, f"{suite} {branch}", row["status"], badges.OF_RUNS.get(row["status"], ""))
        raise NotFound(f"no run of {suite} on {branch} has ended")


class TestBadge(Resource):
    """``/badges/tests/<path>.svg``"""

    face = face
    chain: ClassVar[bool] = True
    forms = (Form("{path}.svg", Svg),)

    @face.endpoint(answers=Svg)
    def get_chain(self, path: tuple[str, ...], call: Call) -> Any:
        """Show how a test fares in the places where it ran in the last 30 days: 200 with an image, 404."""
        name = _name(path)
        found = history.path(call.session, name)
        lately = history.of(Asked(since=call.now - LATELY), found.id)
        results = [each["result"] for each in history.places(call.session, lately)]
        failing = results.count("fail")
        if not results:
            return _drawn(call, name, "not run lately", "")
        message = f"fail in {failing} of {len(results)}" if failing else "pass"
        return _drawn(call, name, message, "fail" if failing else "pass")


class BadgesFolder(Resource):
    """``/badges``"""

    face = face
    words: ClassVar[dict[str, Resource]] = {"runs": RunBadge(), "suites": SuiteBadge(), "tests": TestBadge()}
