"""Every table of the service: whoever needs the whole schema imports this, since a table is known once its model is."""

from paddles.accounts import models as accounts
from paddles.analysis import models as analysis
from paddles.archive import models as archive
from paddles.dashboards import models as dashboards
from paddles.db import models as db
from paddles.db.base import Model
from paddles.events import models as events
from paddles.feeds import models as feeds
from paddles.ingest import models as ingest
from paddles.kernels import models as kernels
from paddles.lab import models as lab
from paddles.nodes import models as nodes
from paddles.notes import models as notes
from paddles.projects import models as projects
from paddles.telemetry import models as telemetry

PARTS = (
    db,
    accounts,
    archive,
    events,
    lab,
    nodes,
    kernels,
    analysis,
    notes,
    dashboards,
    ingest,
    feeds,
    projects,
    telemetry,
)
METADATA = Model.metadata
