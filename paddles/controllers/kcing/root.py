"""Where the addresses of kernels stand: lists, and what documents are posted to."""

from typing import ClassVar

from paddles.controllers.kcing import face
from paddles.controllers.kcing.boots import BootsController
from paddles.controllers.kcing.builds import BuildsController
from paddles.controllers.kcing.callback import CallbackFolder
from paddles.controllers.kcing.dashboards import DashboardsController
from paddles.controllers.kcing.flaky import FlakyController
from paddles.controllers.kcing.ingest import DocumentController
from paddles.controllers.kcing.ingest_errors import DocumentsController, ErrorsController
from paddles.controllers.kcing.ingest_printed import PrintedController
from paddles.controllers.kcing.logs import LogsController
from paddles.controllers.kcing.matrix import MatrixController
from paddles.controllers.kcing.regressions import RegressionsController
from paddles.controllers.kcing.sources import OfferedController, SourcesController
from paddles.controllers.kcing.tests import TestsController
from paddles.ingest import intake
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


class IngestFolder(Resource):
    """``/ingest``"""

    face = face
    words: ClassVar[dict[str, Resource]] = {
        **{kind: DocumentController(kind) for kind in intake.OBJECTS},
        **{kind: PrintedController(kind) for kind in intake.PRINTED},
        "errors": ErrorsController(),
        f"errors{SUFFIX}": Alias(ErrorsController()),
        "documents": DocumentsController(),
        "offered": OfferedController(),
        "sources": SourcesController(),
    }


AT_ROOT: dict[str, Resource] = {
    **TABLES,
    "callback": CallbackFolder(),
    "ingest": IngestFolder(),
    "dashboards": DashboardsController(),
    **{f"{name}{SUFFIX}": Alias(resource) for name, resource in TABLES.items()},
}
