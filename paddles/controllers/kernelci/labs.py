"""The lab that nodes get their jobs from: what machines boot for is checked and submitted as the scheduler does it."""

import datetime
from collections.abc import Mapping
from typing import Any

from paddles.archive.names import Scheme
from paddles.boot import jobs
from paddles.db.session import Session
from paddles.nodes.backing import Lab
from paddles.settings import Settings


def of(settings: Settings) -> Lab:
    """Return the lab of the settings."""
    scheme, hosts = Scheme(settings.zone, settings.known_suites), jobs.hosts(settings)

    def boot(session: Session, document: Mapping[str, Any], now: datetime.datetime) -> int:
        return int(jobs.submit(session, document, now, hosts, scheme)["id"])

    return Lab(scheme, settings.lab, boot)
