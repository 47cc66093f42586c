"""``/builds``: kernels that were built."""

from typing import Any

from paddles.controllers.pages import face, listing
from paddles.controllers.pages.listing import Column
from paddles.kernels.sources import BUILDS
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource

COLUMNS = (
    Column("build_result", "Result", "status"),
    Column("job", link="details_href"),
    Column("git_branch"),
    Column("kernel", link="href"),
    Column("arch"),
    Column("defconfig_full"),
    Column("build_environment"),
    Column("build_errors", "Errors", "number"),
    Column("build_warnings", "Warnings", "number"),
    Column("build_time", "Time", "span"),
    Column("@timestamp", "Built", "time"),
)
CHOICES = ("build_result", "job", "git_branch", "kernel", "arch", "defconfig_full")


class BuildsPage(Resource):
    """Kernels that were built."""

    face = face

    @face.endpoint(query=listing.query(BUILDS), answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show builds: 200."""
        return listing.show(call, BUILDS, COLUMNS, title="Builds", choices=CHOICES)
