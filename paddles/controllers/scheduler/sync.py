"""How the machines of one cluster keep in step."""

from typing import Any

from paddles.boot import clusters
from paddles.controllers.scheduler import face, words
from paddles.errors import Invalid, NotFound
from paddles.web import query
from paddles.web.face import Call
from paddles.web.parking import Later
from paddles.web.resource import Resource


class SyncQuery(query.Query):
    """A job, how far it is, and what the others are to know of its machine."""

    job_id: query.Text | None = None
    state: query.Text | None = None
    node_roles: query.Text = ""
    ip: query.Text = ""
    direct_ips: query.Text = ""
    direct_macs: query.Text = ""


class SyncController(Resource):
    """``lkp-cluster-sync``"""

    face = face
    needs = "machine"
    head = False

    @face.endpoint(query=SyncQuery, writes=True, answers=str, refuses=(NotFound,))
    def get_all(self, call: Call) -> Any:
        """Say when all are as far: 200 ``start``, ``ready``, ``finish``, ``abort``, at last ``retry``; 400, 404."""
        said: SyncQuery = call.query
        if not said.state:
            raise Invalid("could not find required key: 'state'")
        job_id = words.required_number(said.job_id)
        answer = clusters.sync(call.session, job_id, said.state, said.model_dump(), call.now)
        return answer.text if answer.last else Later(answer.text, call.settings.longest_wait_s)
