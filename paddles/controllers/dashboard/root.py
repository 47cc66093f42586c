"""Where the addresses of the dashboard stand."""

from paddles.controllers.dashboard.compare import CompareController
from paddles.web.formats import SUFFIX
from paddles.web.resource import Alias, Resource

TABLES: dict[str, Resource] = {
    "compare": CompareController(),
}
AT_ROOT: dict[str, Resource] = {
    **TABLES,
    **{f"{name}{SUFFIX}": Alias(resource) for name, resource in TABLES.items()},
}
