"""Where the scheduler's addresses stand: at the root, where machines look, and below ``/scheduler/``."""

from typing import Any, ClassVar

from paddles.controllers.scheduler import face
from paddles.controllers.scheduler.boot import GRUB, IPXE, Archives, Container, Folder
from paddles.controllers.scheduler.cgi import User
from paddles.controllers.scheduler.check_ins import (
    DeadlineController,
    HeartBeat,
    HostsController,
    Register,
    TestboxController,
)
from paddles.controllers.scheduler.machines import DeleteMac, DeleteQueues, SetMac, SetQueues
from paddles.controllers.scheduler.progress import CancelListController, RenewController
from paddles.controllers.scheduler.results import ResultsController
from paddles.controllers.scheduler.submit import JobsController, SubmitListController
from paddles.db import migrations
from paddles.web.face import Call
from paddles.web.resource import Resource

# By their names everywhere, without a version.
SHARED: dict[str, Resource] = {
    "boot.ipxe": IPXE(),
    "boot.grub": GRUB(),
    "boot.container": Container(),
    "job_initrd_tmpfs": Archives(),
    "~lkp": User(),
    "submit_job": SubmitListController(),
    "cancel_jobs": CancelListController(),
    "renew_deadline": RenewController(),
    "get_deadline": DeadlineController(),
    "get_testbox": TestboxController(),
    "register-host2redis": Register(),
    "heart-beat": HeartBeat(),
    "set_host_mac": SetMac(),
    "del_host_mac": DeleteMac(),
    "set_host2queues": SetQueues(),
    "del_host2queues": DeleteQueues(),
}


class Health(Resource):
    """``/scheduler/v1/health``"""

    face = face

    @face.endpoint(answers=dict[str, str], fresh=True)
    def get_all(self, call: Call) -> Any:
        """Say that jobs can be submitted and handed out: 200, 503 without a database."""
        migrations.current(call.session)
        return {"status": "ok"}


class Version(Folder):
    """``/scheduler/v1``"""

    words: ClassVar[dict[str, Resource]] = {"jobs": JobsController(), "hosts": HostsController(), "health": Health()}


class Scheduler(Folder):
    """``/scheduler``"""

    words: ClassVar[dict[str, Resource]] = {"v1": Version(), **SHARED}


AT_ROOT: dict[str, Resource] = {"scheduler": Scheduler(), "result": ResultsController(), **SHARED}
