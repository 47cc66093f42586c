"""Badges: how a run, the newest run of a branch, or the newest build of a project fares, for pages of others."""

from typing import Any, ClassVar

from paddles.archive import run_search
from paddles.archive.run_search import RunFilter
from paddles.controllers.jobserv import face, words
from paddles.db.pages import Page
from paddles.errors import NotFound
from paddles.projects import badges, search
from paddles.web.answers import Download
from paddles.web.endpoint import Svg
from paddles.web.face import Call
from paddles.web.resource import Form, Resource

SVG, ENDING = "image/svg+xml", ".svg"
# Whoever shows badges may show one for so long without asking.
FRESH = {"Cache-Control": "public, max-age=30"}


class BadgeController(Resource):
    """``/badge/run/<name>.svg`` and ``/badge/<suite>/<branch>.svg``"""

    face = face
    chain: ClassVar[bool] = True
    forms = (Form("run/{name}.svg", Svg), Form("{suite}/{branch}.svg", Svg))

    @face.endpoint(answers=Svg)
    def get_chain(self, path: tuple[str, ...], call: Call) -> Any:
        """Show how a run fares, or the newest one of a suite and a branch: 200 with an image, 404."""
        if len(path) < 2 or not path[-1].endswith(ENDING):
            raise NotFound("badges are at /badge/run/<name>.svg and /badge/<suite>/<branch>.svg")
        first, name = path[0], "/".join(path[1:]).removesuffix(ENDING)
        if first == "run":
            run = run_search.run(call.session, name)
            return _image(run.suite or "run", run.status)
        found = run_search.runs(call.session, RunFilter(suite=first, branch=name), Page(1))
        if not found:
            raise NotFound(f"there is no run of {first} on {name}")
        return _image(f"{first} {name}", found[0].status)


class ProjectBadge(Resource):
    """``/projects/<project>/badge.svg``"""

    face = face

    @face.endpoint(answers=Svg)
    def get_all(self, project: str, call: Call) -> Any:
        """Show how the newest build of a project fares: 200 with an image, 404."""
        build = search.newest(call.session, project, None, None).builds[0]
        message = words.BUILD[build.status].lower().replace("_", " ")
        return _drawn(project, message, build.status)


def _image(label: str, status: str) -> Download:
    return _drawn(label, status, badges.OF_RUNS.get(status, ""))


def _drawn(label: str, message: str, status: str) -> Download:
    image = badges.badge(label, message, status).encode()
    return Download(len(image), lambda start, stop: (image[start:stop],), SVG, FRESH)
