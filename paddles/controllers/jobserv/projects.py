"""``/projects/``: made, listed, shown, changed, deleted; all that belongs to one stands below it."""

from typing import Any, ClassVar

from paddles.accounts import access
from paddles.controllers.jobserv import bodies, face, words
from paddles.controllers.jobserv.badges import ProjectBadge
from paddles.controllers.jobserv.builds import (
    BuildsController,
    ExternalBuildsController,
    HistoryController,
    PromotedController,
)
from paddles.controllers.jobserv.envelope import CREATED, Success, base, success
from paddles.controllers.jobserv.triggers import TriggersController
from paddles.errors import Conflict, Invalid
from paddles.projects import projects
from paddles.web.face import Call
from paddles.web.resource import Found, Resource


class ProjectsController(Resource):
    """All projects, and one. A name may have slashes: it ends where a word begins that stands below a project."""

    face = face
    nested: ClassVar[dict[str, Resource]] = {
        "triggers": TriggersController(),
        "builds": BuildsController(),
        "badge.svg": ProjectBadge(),
        "history": HistoryController(),
        "promoted-builds": PromotedController(),
        "external-builds": ExternalBuildsController(),
    }

    def locate(self, path: list[str], method: str, ids: tuple[str, ...] = (), route: str = "/") -> Found:
        """Return where a request goes, as any resource does, once the project's name is one segment."""
        if {".", ".."} & set(path):
            return Found(self.face, refusal=Invalid("no part of an address is . or .."), route=route)
        end = next((at for at, part in enumerate(path) if at and part in projects.RESERVED), len(path))
        named = ["/".join(path[:end]), *path[end:]] if path else []
        return super().locate(named, method, ids, route)

    @face.endpoint(answers=Success)
    def get_all(self, call: Call) -> Any:
        """List projects, by name: 200."""
        start = base(call)
        return success({"projects": [words.project(row, start) for row in projects.listed(call.session)]})

    @face.endpoint(body=bodies.NewProject, answers=CREATED, refuses=(Conflict,), who=access.administrator)
    def post(self, call: Call) -> Any:
        """Make a project: 201 with its address, 409 when there is one of that name."""
        said: bodies.NewProject = call.body
        synchronous = said.synchronous_builds
        projects.create(call.session, said.name, call.now, synchronous=synchronous, allowed_tags=said.allowed_host_tags)
        return success({"url": words.project_url(base(call), said.name)})

    @face.endpoint(answers=Success)
    def get_one(self, project: str, call: Call) -> Any:
        """Show a project: 200, 404."""
        start = base(call)
        shown = words.project(projects.one(call.session, project), start)
        return success({"project": {**shown, "builds_url": f"{shown['url']}builds/"}})

    @face.endpoint(body=bodies.Allowed, answers=Success, who=access.administrator)
    def patch(self, project: str, call: Call) -> Any:
        """Say which machines the jobs of a project may ask for: 200, 404."""
        projects.allow(call.session, project, call.body.allowed_host_tags)
        return success({})

    @face.endpoint(body=bodies.Sure, answers=Success, who=access.administrator)
    def delete(self, project: str, call: Call) -> Any:
        """Delete a project with its builds: 200; 400 unless the body says that this is meant; 404."""
        if call.body.I_REALLY_MEAN_TO_DO_THIS != "YES":
            raise Invalid('to delete a project say "I_REALLY_MEAN_TO_DO_THIS": "YES"')
        projects.delete(call.session, project)
        return success({})
