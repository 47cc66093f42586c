"""``/github/<project>/`` and ``/gitlab/<project>/``: where forges tell of changes."""

from dataclasses import asdict
from typing import Any

import orjson

from paddles.controllers.jobserv import face
from paddles.controllers.jobserv.envelope import Success, success
from paddles.errors import Forbidden, Invalid, NotFound, Unauthenticated
from paddles.projects import forges, offers, projects, signing
from paddles.web.endpoint import ACCEPTED
from paddles.web.face import Call, Reply
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
        return super().locate(["/".join(path)] if path else [], method, ids, route)


class GithubController(_Forge):
    """``/github/<project>/``"""

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


def _offered(call: Call, trigger_id: int, forge: str, said: Any) -> Reply:
    offers.note(call.session, trigger_id, forge, said, call.now)
    return Reply(202, success())


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"not JSON: {error}") from None
