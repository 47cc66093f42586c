"""What the lists of kernels' rows have of the service's addresses."""

from paddles.controllers.kcing.boots import BootsController
from paddles.controllers.kcing.builds import BuildsController
from paddles.controllers.kcing.flaky import FlakyController
from paddles.controllers.kcing.logs import LogsController
from paddles.controllers.kcing.matrix import MatrixController
from paddles.controllers.kcing.regressions import RegressionsController
from paddles.controllers.kcing.tests import TestsController
from paddles.web.formats import SUFFIX
from paddles.web.resource import Alias, Resource

TABLES: dict[str, Resource] = {
    "builds": BuildsController(),
    "boots": BootsController(),
    "tests": TestsController(),
    "logs": LogsController(),
    "matrix": MatrixController(),
    "regressions": RegressionsController(),
    "flaky": FlakyController(),
}
AT_ROOT: dict[str, Resource] = {
    **TABLES,
    **{f"{name}{SUFFIX}": Alias(resource) for name, resource in TABLES.items()},
}
