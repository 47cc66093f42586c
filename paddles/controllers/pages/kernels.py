"""``/builds``, ``/boots`` and ``/logs``: what was built, where it was booted, and what logs say of it."""

from typing import Any

from paddles.controllers.pages import face, listing
from paddles.controllers.pages.listing import Column
from paddles.kernels.sources import BOOTS, BUILDS, LOGS
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource

# What tells one revision of a kernel from another, and one build of it.
REVISION = (Column("job", kind="word"), Column("git_branch", kind="word"), Column("kernel", "Kernel", "mono"))
CONFIGURED = (Column("arch", kind="word"), Column("defconfig_full"), Column("build_environment", "Compiler", "word"))
OF_BUILDS = (
    Column("build_result", "Result", "status", "href"),
    *REVISION,
    *CONFIGURED,
    Column("build_errors", "Errors", "number"),
    Column("build_warnings", "Warnings", "number"),
    Column("build_time", "Took", "span"),
    Column("kernel_image_size", "Image", "size"),
    Column("@timestamp", "Built", "time"),
    Column("", "Leads to", "links", links=(("build", "details_href"), ("boots", "boots_href"), ("log", "log_href"))),
)
OF_BOOTS = (
    Column("boot_result", "Result", "status", "href"),
    *REVISION,
    *CONFIGURED,
    Column("lab_name", kind="word", link="lab_href"),
    Column("board"),
    Column("plan", kind="word"),
    Column("boot_time", "Took", "span"),
    Column("@timestamp", "Ended", "time"),
    Column(
        "",
        "Leads to",
        "links",
        links=(
            ("log", "log_href"),
            ("lines", "lines_href"),
            ("boot", "details_href"),
            ("build", "build_href"),
            ("other boards", "compare_href"),
        ),
    ),
)
OF_LINES = (
    Column("lvl", "Level"),
    Column("msg", "Message", "mono", "log_href"),
    Column("lineno", "Line", "number"),
    Column("job", kind="word"),
    Column("kernel", "Kernel", "mono"),
    Column("lab_name", kind="word"),
    Column("board"),
    Column("dt", "Said", "time"),
    Column("", "Leads to", "links", links=(("job", "href"), ("boot", "boot_href"))),
)
OF_REVISION = ("job", "git_branch", "kernel", "arch", "defconfig_full")
PLACE = ("lab_name", "board")


class BuildsPage(Resource):
    """Kernels that were built."""

    face = face

    @face.endpoint(query=listing.query(BUILDS), answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show builds: 200, 400."""
        return listing.show(call, BUILDS, OF_BUILDS, title="Builds", choices=("build_result", *OF_REVISION))


class BootsPage(Resource):
    """Boots of kernels on boards of labs."""

    face = face

    @face.endpoint(query=listing.query(BOOTS), answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show boots: 200, 400."""
        return listing.show(call, BOOTS, OF_BOOTS, title="Boots", choices=("boot_result", *OF_REVISION, *PLACE, "plan"))


class LogsPage(Resource):
    """Lines of logs that people look for."""

    face = face

    @face.endpoint(query=listing.query(LOGS), answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show lines of logs: 200, 400."""
        choices = ("lvl", "job", "kernel", *PLACE)
        return listing.show(
            call, LOGS, OF_LINES, title="Log lines", choices=choices, template="pages/kernels/logs.html"
        )
