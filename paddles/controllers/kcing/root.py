"""What the lists of kernels' rows have of the service's addresses."""

from paddles.controllers.kcing.boots import BootsController
from paddles.controllers.kcing.builds import BuildsController
from paddles.controllers.kcing.dashboards import DashboardsController
from paddles.controllers.kcing.logs import LogsController
from paddles.controllers.kcing.matrix import MatrixController
from paddles.controllers.kcing.tests import TestsController
from paddles.web.formats import SUFFIX
from paddles.web.resource import Alias, Resource

TABLES: dict[str, Resource] = {
    "builds": BuildsController(),
    "boots": BootsController(),
    "tests": TestsController(),
    "logs": LogsController(),
    "matrix": MatrixController(),
}
AT_ROOT: dict[str, Resource] = {
    **TABLES,
    "dashboards": DashboardsController(),
    **{f"{name}{SUFFIX}": Alias(resource) for name, resource in TABLES.items()},
}
