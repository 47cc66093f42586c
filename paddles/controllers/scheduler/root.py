"""Where the scheduler's addresses stand: at the root, where machines look, and below ``/scheduler/``."""

from typing import ClassVar

from paddles.controllers.scheduler.boot import GRUB, IPXE, Archives, Container, Folder
from paddles.controllers.scheduler.cgi import User
from paddles.controllers.scheduler.machines import DeleteMac, DeleteQueues, SetMac, SetQueues
from paddles.controllers.scheduler.submit import JobsController, SubmitListController
from paddles.web.resource import Resource

SHARED: dict[str, Resource] = {
    "submit_job": SubmitListController(),
    "set_host_mac": SetMac(),
    "del_host_mac": DeleteMac(),
    "set_host2queues": SetQueues(),
    "del_host2queues": DeleteQueues(),
}


class Version(Folder):
    """``/scheduler/v1``"""

    words: ClassVar[dict[str, Resource]] = {"jobs": JobsController()}


class Scheduler(Folder):
    """``/scheduler``"""

    words: ClassVar[dict[str, Resource]] = {"v1": Version(), **SHARED}


AT_ROOT: dict[str, Resource] = {
    "scheduler": Scheduler(),
    "boot.ipxe": IPXE(),
    "boot.grub": GRUB(),
    "boot.container": Container(),
    "job_initrd_tmpfs": Archives(),
    "~lkp": User(),
    **SHARED,
}
