"""Where the addresses of the dashboard stand."""

from paddles.controllers.dashboard.badges import BadgesFolder
from paddles.controllers.dashboard.compare import CompareController
from paddles.controllers.dashboard.feeds import FeedsFolder
from paddles.controllers.dashboard.known_issues import KnownIssuesController
from paddles.controllers.dashboard.labs import LabsController
from paddles.controllers.dashboard.notes import NotesController
from paddles.controllers.dashboard.outlooks import OutlookController
from paddles.controllers.dashboard.search import OpenSearchController, SearchController
from paddles.controllers.dashboard.stats import StatsFolder
from paddles.web.formats import SUFFIX
from paddles.web.resource import Alias, Resource

TABLES: dict[str, Resource] = {
    "compare": CompareController(),
    "labs": LabsController(),
    "outlook": OutlookController(),
}
AT_ROOT: dict[str, Resource] = {
    **TABLES,
    "stats": StatsFolder(),
    "badges": BadgesFolder(),
    "feeds": FeedsFolder(),
    "notes": NotesController(),
    "known-issues": KnownIssuesController(),
    "search": SearchController(),
    "opensearch.xml": OpenSearchController(),
    **{f"{name}{SUFFIX}": Alias(resource) for name, resource in TABLES.items()},
}
