"""What newer clients say and ask of jobs: updates, waits, deadlines, and jobs that are not wanted any more."""

from typing import Any

from pydantic import BaseModel, ConfigDict, StrictInt

from paddles.boot import updates, waits
from paddles.controllers.scheduler import face, words
from paddles.errors import Closed, Conflict, Invalid, NotFound
from paddles.web import query
from paddles.web.face import Call, Reply
from paddles.web.parking import Later
from paddles.web.resource import Resource

# For how long a client that waits for jobs is kept at the most, in seconds.
LONGEST_WAIT_S = 10.0


class UpdateQuery(query.Query):
    """How far a job has come."""

    job_stage: query.Text = ""
    job_health: query.Text = ""
    job_data_readiness: query.Text = ""
    milestones: query.Text = ""
    renew_seconds: query.Text = ""
    ssh_port: query.Text = ""
    job_step: query.Text = ""


class DeadlineQuery(query.Query):
    """A job, and how many seconds more it needs."""

    job_id: query.Text | None = None
    time: query.Text | None = None


class Wait(BaseModel):
    """What is waited for: ``wait_on``, by the number of a job, null or what it has to say; and ``wait_options``."""

    model_config = ConfigDict(extra="allow")

    def document(self) -> dict[str, Any]:
        """Return the question as it was sent."""
        return dict(self.model_extra or {})


class Cancel(BaseModel):
    """Jobs, and whose they are."""

    job_ids: list[str | StrictInt] | None = None
    my_account: str | None = None
    my_email: str | None = None


class UpdateController(Resource):
    """``/scheduler/v1/jobs/<id>/update``"""

    face = face
    needs = "machine"

    @face.endpoint(query=UpdateQuery, answers=str, refuses=(Closed,))
    def post(self, job_id: str, call: Call) -> Any:
        """Take how far a job has come, which may end it: 200 ``Done``, 400, 404, 423 when it has ended."""
        updates.update(call.session, words.number(job_id), call.query.model_dump(), call.now)
        return words.DONE


class WaitController(Resource):
    """``/scheduler/v1/jobs/wait``"""

    face = face

    @face.endpoint(body=Wait, writes=False, fresh=True, answers=dict[str, Any], refuses=(NotFound,))
    def post(self, call: Call) -> Any:
        """Say which jobs have come so far, as soon as one has, and after 10 s anyway: 200, 400, 404."""
        answer, over = waits.ask(call.session, call.body.document())
        return answer if over else Later(answer, min(LONGEST_WAIT_S, call.settings.longest_wait_s))


class CancelListController(Resource):
    """``/cancel_jobs``"""

    face = face

    @face.endpoint(body=Cancel, answers={200: dict[str, list[dict[str, str]]], 202: dict[str, str]})
    def post(self, call: Call) -> Any:
        """Give up jobs of one's own that wait: 200 with what became of each, 202 when it is not said which, 400."""
        if call.body.job_ids is None:
            return Reply(202, {"error_msg": "jobs are cancelled by their job_ids"})
        owner = {"my_account": call.body.my_account, "my_email": call.body.my_email}
        done = updates.cancel(call.session, call.body.job_ids, owner, call.now)
        return {"results": [each._asdict() for each in done]}


class RenewController(Resource):
    """``/renew_deadline``"""

    face = face
    needs = "machine"
    head = False

    @face.endpoint(query=DeadlineQuery, writes=True, answers=str, refuses=(NotFound, Conflict))
    def get_all(self, call: Call) -> Any:
        """Give a job that runs more time: 200 with its deadline, 400, 404, 409 when no machine has it."""
        job_id = words.required_number(call.query.job_id)
        if not call.query.time:
            raise Invalid("could not find required key: 'time'")
        deadline = updates.renew(call.session, job_id, call.query.time, call.now)
        return words.moment(deadline, call.settings) + "\n"
