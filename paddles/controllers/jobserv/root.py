"""Where JobServ's addresses stand: at the root of the host, since its clients join absolute paths to that."""

from paddles.controllers.jobserv.artifacts import SignedController
from paddles.controllers.jobserv.badges import BadgeController
from paddles.controllers.jobserv.downloads import (
    RunnerController,
    SimulatorController,
    ValidateController,
    VersionController,
    WorkerController,
)
from paddles.controllers.jobserv.forges import GithubController, GitlabController
from paddles.controllers.jobserv.notices import NoticesController
from paddles.controllers.jobserv.polls import PollsController
from paddles.controllers.jobserv.projects import ProjectsController
from paddles.controllers.jobserv.triggers import AllTriggersController
from paddles.controllers.jobserv.workers import WorkersController
from paddles.web.resource import Resource

AT_ROOT: dict[str, Resource] = {
    "projects": ProjectsController(),
    "project-triggers": AllTriggersController(),
    "github": GithubController(),
    "gitlab": GitlabController(),
    "project-polls": PollsController(),
    "project-notices": NoticesController(),
    "artifacts": SignedController(),
    "workers": WorkersController(),
    "runner": RunnerController(),
    "worker": WorkerController(),
    "simulator": SimulatorController(),
    "simulator-validate": ValidateController(),
    "version": VersionController(),
    "badge": BadgeController(),
}
