"""``/~lkp/cgi-bin/``: what a machine says of its job while it runs, by GET, since that is all that its programs can."""

from typing import Any, ClassVar

from pydantic import ConfigDict

from paddles.boot import jobs, scripts
from paddles.controllers.scheduler import face, words
from paddles.controllers.scheduler.boot import Asking, Folder, answer
from paddles.controllers.scheduler.check_ins import StateController
from paddles.controllers.scheduler.sync import SyncController
from paddles.errors import Invalid, NotFound, TooLarge
from paddles.lab import asking, macs
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Resource

# Said with every report, and no variables of the job.
ENVELOPE = frozenset(("access_token", "job_file", "job_id", "source"))


class Report(query.Query):
    """A job and variables of it, by any name."""

    model_config = ConfigDict(extra="allow", frozen=True)

    job_id: query.Text | None = None
    job_file: query.Text | None = None

    def variables(self) -> dict[str, str]:
        """Return what is said of the job. Raises Invalid for what cannot be stored."""
        said = {name: value for name, value in (self.model_extra or {}).items() if name not in ENVELOPE}
        if any("\0" in value for value in said.values()):
            raise Invalid("a NUL character cannot be stored")
        return said


class Stage(query.Query):
    """A job and the stage that it is in."""

    job_id: query.Text | None = None
    job_stage: query.Text | None = None


class Step(query.Query):
    """A job and the step that it is at."""

    job_id: query.Text | None = None
    job_step: query.Text | None = None


class Next(Asking):
    """A machine that asks for its next job without a reboot."""

    hostname: query.Text | None = None
    mac: query.Text | None = None


class AppendVar(Resource):
    """``lkp-jobfile-append-var``"""

    face = face
    needs = "machine"
    head = False

    @face.endpoint(query=Report, writes=True, answers=str, refuses=(NotFound, TooLarge))
    def get_all(self, call: Call) -> Any:
        """Take variables of a job: 200 ``Done``, 400, 404, 413 when too much was said of it already."""
        said: Report = call.query
        jobs.tell(call.session, words.required_number(said.job_id), said.variables(), call.now)
        return words.DONE


class PostRun(Resource):
    """``lkp-post-run``"""

    face = face
    needs = "machine"
    head = False

    @face.endpoint(query=Report, writes=True, answers=str, refuses=(NotFound,))
    def get_all(self, call: Call) -> Any:
        """End a job: 200 ``Done``, or ``"success"`` where a machine is given back; again and again; 400, 404."""
        said: Report = call.query
        variables = said.variables()
        jobs.finish(call.session, words.required_number(said.job_id), variables, call.now)
        return '"success"' if variables.get("job_health") == "return" else words.DONE


class SetStage(Resource):
    """``set-job-stage``"""

    face = face
    needs = "machine"
    head = False

    @face.endpoint(query=Stage, writes=True, answers=str, refuses=(NotFound, TooLarge))
    def get_all(self, call: Call) -> Any:
        """Take the stage of a job, which moves its deadline: 200 ``Done``, 400, 404."""
        said: Stage = call.query
        jobs.tell(call.session, words.required_number(said.job_id), {"job_stage": said.job_stage or ""}, call.now)
        return words.DONE


class ReportStep(Resource):
    """``report-job-step``"""

    face = face
    needs = "machine"
    head = False

    @face.endpoint(query=Step, writes=True, answers=str, refuses=(NotFound, TooLarge))
    def get_all(self, call: Call) -> Any:
        """Take the step that a job is at: 200 ``Done``, 400, 404."""
        said: Step = call.query
        jobs.tell(call.session, words.required_number(said.job_id), {"job_step": said.job_step or ""}, call.now)
        return words.DONE


class NextJob(Resource):
    """``gpxelinux.cgi``"""

    face = face
    needs = "machine"
    head = False

    @face.endpoint(query=Next, writes=True, answers=str)
    def get_all(self, call: Call) -> Any:
        """Give a machine that stays up its next job: 200 with an iPXE text, or with the one for no job; 400."""
        said: Next = call.query
        if said.mac:
            asked = asking.by_mac(call.session, macs.normal(said.mac), call.now)
        else:
            asked = jobs.asked_by_name(call.session, words.machine(said.hostname, "hostname"), call.now)
        return answer(call, asked, scripts.gpxelinux, scripts.NO_JOB_IPXE)


class Scripts(Folder):
    """``cgi-bin``"""

    words: ClassVar[dict[str, Resource]] = {
        "lkp-jobfile-append-var": AppendVar(),
        "lkp-post-run": PostRun(),
        "set-job-stage": SetStage(),
        "report-job-step": ReportStep(),
        "gpxelinux.cgi": NextJob(),
        "lkp-wtmp": StateController(),
        "lkp-cluster-sync": SyncController(),
    }


class User(Folder):
    """``~lkp``"""

    words: ClassVar[dict[str, Resource]] = {"cgi-bin": Scripts()}
