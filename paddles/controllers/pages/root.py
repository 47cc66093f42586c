"""Which addresses have pages, and who is shown them."""

from dataclasses import replace
from typing import Any, ClassVar

from paddles.controllers.pages import kernelci, plain
from paddles.controllers.pages.accounts import GroupPage, GroupsPage, UserPage, UsersPage, WhoamiPage
from paddles.controllers.pages.actions import ActionsFolder
from paddles.controllers.pages.all_jobs import AllJobsPage
from paddles.controllers.pages.compare import ComparePage
from paddles.controllers.pages.dashboards import DashboardsPage
from paddles.controllers.pages.events import EventsPage
from paddles.controllers.pages.failures import FailuresPage
from paddles.controllers.pages.files import StaticController
from paddles.controllers.pages.help import AboutPage, HelpFolder
from paddles.controllers.pages.home import HomePage
from paddles.controllers.pages.ingest import IngestPage
from paddles.controllers.pages.kernels import BootsPage, BuildsPage, LogsPage
from paddles.controllers.pages.known_issues import KnownIssuesPage
from paddles.controllers.pages.labs import LabsPage
from paddles.controllers.pages.login import LoginPage, LogoutPage
from paddles.controllers.pages.machines import MachinesPage
from paddles.controllers.pages.matrix import MatrixPage
from paddles.controllers.pages.nodes import NodePage, NodesPage
from paddles.controllers.pages.projects import ProjectsPage
from paddles.controllers.pages.queue import QueuePage
from paddles.controllers.pages.regressions import FlakyPage, RegressionsPage
from paddles.controllers.pages.runs import RunsPage
from paddles.controllers.pages.search import SearchPage
from paddles.controllers.pages.stats import StatsPage
from paddles.controllers.pages.tests import TestsPage
from paddles.controllers.pages.workers import WorkersPage
from paddles.web import pages
from paddles.web.resource import Found, Resource


class LatestFolder(Resource):
    """What KernelCI's interface answers below ``/latest``, where it has a page."""

    face = kernelci
    words: ClassVar[dict[str, Resource]] = {
        "nodes": NodesPage(),
        "node": NodePage(),
        "events": EventsPage(),
        "users": UsersPage(),
        "user": UserPage(),
        "groups": GroupsPage(),
        "group": GroupPage(),
        "whoami": WhoamiPage(),
    }


class Pages(HomePage):
    """The pages, below the address of the service, and the first one there."""

    words: ClassVar[dict[str, Resource]] = {
        "actions": ActionsFolder(),
        "builds": BuildsPage(),
        "login": LoginPage(),
        "logout": LogoutPage(),
        "failures": FailuresPage(),
        "known-issues": KnownIssuesPage(),
        "jobs": AllJobsPage(),
        "runs": RunsPage(),
        "projects": ProjectsPage(),
        "queue": QueuePage(),
        "compare": ComparePage(),
        "nodes": MachinesPage(),
        "boots": BootsPage(),
        "latest": LatestFolder(),
        "logs": LogsPage(),
        "ingest": IngestPage(),
        "labs": LabsPage(),
        "tests": TestsPage(),
        "workers": WorkersPage(),
        "regressions": RegressionsPage(),
        "flaky": FlakyPage(),
        "matrix": MatrixPage(),
        "dashboards": DashboardsPage(),
        "search": SearchPage(),
        "stats": StatsPage(),
        "help": HelpFolder(),
        "about": AboutPage(),
        "static": StaticController(),
    }


PAGES = Pages()


def beside(theirs: Found, path: list[str], method: str) -> Found:
    """Return where a request goes that ``theirs`` answers to programs: where it is a page's, browsers are shown that.

    What nobody answers is refused on a page to who would rather have one.
    """
    ours = PAGES.locate(path, method)
    if ours.handler is None:
        if theirs.handler is not None or method not in ("GET", "HEAD"):
            return theirs
        return replace(theirs, face=plain, other=theirs, others=_other_than_page)
    if theirs.handler is None:
        # Where programs may do something else, a page of that name is none.
        return theirs if theirs.methods else ours
    return replace(ours, other=theirs, others=_other_than_page)


def _other_than_page(environ: dict[str, Any]) -> bool:
    return not pages.wanted(environ)
