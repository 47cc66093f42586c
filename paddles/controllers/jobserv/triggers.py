"""``/projects/<project>/triggers/``, and ``/project-triggers/``: those of all projects, with their secrets."""

from typing import Any

from paddles.accounts import access
from paddles.controllers.jobserv import bodies, face, words
from paddles.controllers.jobserv.envelope import CREATED, Success, success
from paddles.projects import triggers
from paddles.web import body, query
from paddles.web.face import Call
from paddles.web.resource import Resource


class TriggersQuery(query.Query):
    """Which triggers."""

    type: query.Text | None = None


class TriggersController(Resource):
    """The triggers of a project."""

    face = face

    @face.endpoint(query=TriggersQuery, answers=Success, who=access.administrator)
    def get_all(self, project: str, call: Call) -> Any:
        """List triggers, of one type where that is asked: 200, with the names of secrets alone; 404."""
        rows = triggers.listed(call.session, project, call.query.type)
        opened = [triggers.opened(call.session, row, call.settings) for row in rows]
        shown = [words.trigger(row, words.named(secrets)) for row, secrets in zip(rows, opened, strict=True)]
        return success(shown)

    @face.endpoint(body=bodies.NewTrigger, answers=CREATED, who=access.administrator)
    def post(self, project: str, call: Call) -> Any:
        """Make a trigger: 201 with its number, 404."""
        said: bodies.NewTrigger = call.body
        columns = {
            "type": said.type,
            "owner": call.principal.username or said.owner or words.UNKNOWN,
            "definition_repo": said.definition_repo or "",
            "definition_file": said.definition_file or "",
            "priority": -said.queue_priority,
        }
        trigger_id = triggers.create(call.session, project, columns, _secrets(said), call.settings, call.now)
        return success({"id": trigger_id})

    @face.endpoint(body=bodies.TriggerChanges, answers=Success, who=access.administrator)
    def patch(self, project: str, trigger: str, call: Call) -> Any:
        """Change a trigger: 200, 404. Of its secrets those named are set, or taken away with null."""
        said: bodies.TriggerChanges = call.body
        changes: dict[str, Any] = {}
        for field in ("definition_repo", "definition_file"):
            if field in said.model_fields_set:
                changes[field] = getattr(said, field) or ""
        if said.queue_priority is not None:
            changes["priority"] = -said.queue_priority
        secrets = {secret.name: secret.value for secret in said.secrets or ()}
        place = (project, query.number(trigger, "trigger"))
        triggers.change(call.session, *place, changes, secrets, call.settings, call.now)
        return success({})

    @face.endpoint(answers=Success, who=access.administrator)
    def delete(self, project: str, trigger: str, call: Call) -> Any:
        """Delete a trigger: 200, 404. What it has built stays."""
        triggers.delete(call.session, project, query.number(trigger, "trigger"))
        return success({})


class AllTriggersController(Resource):
    """``/project-triggers/``"""

    face = face

    @face.endpoint(query=TriggersQuery, answers=Success, who=access.administrator)
    def get_all(self, call: Call) -> Any:
        """List the triggers of all projects: 200, with their secrets."""
        rows = triggers.listed(call.session, None, call.query.type)
        shown = [words.trigger(row, triggers.opened(call.session, row, call.settings)) for row in rows]
        return success(shown)


def _secrets(said: bodies.NewTrigger) -> dict[str, str]:
    if said.secrets is None:
        bare = {name: value for name, value in (said.model_extra or {}).items() if name not in bodies.PLAIN}
        return body.bind(bodies.BareSecrets, {"secrets": bare}).secrets
    return {secret.name: secret.value for secret in said.secrets}
