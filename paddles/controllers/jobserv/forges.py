"""``/github/<project>/`` and ``/gitlab/<project>/``: where forges tell of changes."""

import secrets
from dataclasses import asdict
from typing import Any, ClassVar
from urllib.parse import quote

import orjson

from paddles.accounts import access
from paddles.controllers.jobserv import bodies, face
from paddles.controllers.jobserv.envelope import CREATED, Success, success
from paddles.db.session import Session
from paddles.errors import Conflict, Forbidden, Invalid, NotFound, PaddlesError, Unauthenticated
from paddles.projects import forges, hooks, offers, projects, signing, triggers
from paddles.projects.hooks import Hook
from paddles.web import body, origins
from paddles.web.endpoint import ACCEPTED
from paddles.web.face import Call, Reply, Then
from paddles.web.resource import Found, Resource

ANSWERS = {200: Success, **ACCEPTED}


class _Forge(Resource):
    """One word, and behind it a project, whose name may have slashes. Forges show no token, but sign."""

    face = face
    needs = "enter"

    def locate(self, path: list[str], method: str, ids: tuple[str, ...] = (), route: str = "/") -> Found:
        """Return where a request goes, as any resource does, once the project's name is one segment."""
        if {".", ".."} & set(path):
            return Found(self.face, refusal=Invalid("no part of an address is . or .."), route=route)
        # Behind a project there is only what is nested.
        behind = path[-1:] if len(path) > 1 and path[-1] in self.nested else []
        name = path[: len(path) - len(behind)]
        return super().locate(["/".join(name), *behind] if name else [], method, ids, route)


class GithubHookController(Resource):
    """``/github/<project>/webhook/``"""

    face = face

    @face.endpoint(body=bodies.NewHook, answers=CREATED, who=access.administrator, refuses=(Conflict,))
    def post(self, project: str, call: Call) -> Any:
        """Have a repository send its changes here: 201 with the number of their trigger, or why GitHub does not; 404.

        The trigger is there first, so that GitHub's first word finds it, and is gone again where GitHub refuses: 400,
        409 where the repository does so already, 503 where GitHub does not answer.
        """
        return _Registration(project, call).start()


class GithubController(_Forge):
    """``/github/<project>/``"""

    nested: ClassVar = {"webhook": GithubHookController()}

    @face.endpoint(body=bytes, answers=ANSWERS, refuses=(Unauthenticated, Forbidden, NotFound))
    def post_one(self, project: str, call: Call) -> Any:
        """Take a webhook: 202 for what is to be built, 200 for what is not; 400; 401, 403 without a signature; 404."""
        keyed = offers.keyed(call.session, projects.one(call.session, project).id, "github_pr", call.settings)
        signed = (call.headers.get(f"HTTP_X_HUB_SIGNATURE{suffix}", "") for suffix in ("", "_256"))
        place = signing.github((key for _, key in keyed), call.body, *signed)
        pull = forges.github(call.headers.get("HTTP_X_GITHUB_EVENT", ""), _json(call.body))
        if pull is None:
            return success()
        return _offered(call, keyed[place][0], "github", asdict(pull))


class GitlabController(_Forge):
    """``/gitlab/<project>/``"""

    @face.endpoint(body=bytes, answers=ANSWERS, refuses=(Forbidden, NotFound))
    def post_one(self, project: str, call: Call) -> Any:
        """Take a webhook: 202 for what is to be built, 200 for what is not; 400, 403 without the right token, 404."""
        keyed = offers.keyed(call.session, projects.one(call.session, project).id, "gitlab_mr", call.settings)
        place = signing.gitlab((key for _, key in keyed), call.headers.get("HTTP_X_GITLAB_TOKEN", ""))
        merge = forges.gitlab(call.headers.get("HTTP_X_GITLAB_EVENT", ""), _json(call.body))
        if merge is None:
            return success()
        if merge.server not in [server.rstrip("/") for server in call.settings.gitlab_servers]:
            raise Forbidden(f"{merge.server[:200]} is none of the setting gitlab_servers")
        return _offered(call, keyed[place][0], "gitlab", asdict(merge))


class _Registration:
    """A webhook on its way to GitHub: its trigger is made, GitHub is asked, the trigger stays or goes."""

    def __init__(self, project: str, call: Call) -> None:
        self.project, self.call = project, call
        self.key = secrets.token_urlsafe()
        self.trigger_id = 0
        self.refusal: PaddlesError | None = None

    def start(self) -> Then:
        """Make the trigger, and return what goes on."""
        said: bodies.NewHook = self.call.body
        columns = {
            "type": "github_pr",
            "owner": self.call.principal.username or said.owner,
            "definition_repo": said.definition_repo or "",
            "definition_file": said.definition_file or "",
            "priority": 0,
        }
        further = body.bind(bodies.BareSecrets, {"secrets": said.model_extra or {}}).secrets
        kept = {**further, "githubtok": said.githubtok, offers.KEY: self.key}
        place = (self.call.session, self.project)
        self.trigger_id = triggers.create(*place, columns, kept, self.call.settings, self.call.now)
        return Then(self._register, self._settle)

    def _register(self) -> None:
        said, base = self.call.body, origins.base(self.call.settings.public_base_url, self.call.headers)
        url = f"{base}/github/{quote(self.project)}/"
        try:
            hooks.register(Hook(f"{said.owner}/{said.project}", url, self.key, said.githubtok), self.call.settings)
        except PaddlesError as error:
            self.refusal = error

    def _settle(self, session: Session) -> Any:
        if self.refusal is None:
            return success({"id": self.trigger_id})
        triggers.delete(session, self.project, self.trigger_id)
        # Returned, not raised: what was done here is to stay.
        return self.refusal


def _offered(call: Call, trigger_id: int, forge: str, said: Any) -> Reply:
    offers.note(call.session, trigger_id, forge, said, call.now)
    return Reply(202, success())


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"not JSON: {error}") from None
