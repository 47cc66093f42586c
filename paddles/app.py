"""The composition root: settings, database, controllers and the WSGI stack meet here and nowhere else."""

import logging
from collections.abc import Callable
from typing import Any

from paddles import config_file, sentry
from paddles import settings as configuration
from paddles.controllers.root import Root
from paddles.controllers.taskqueue.calls import TaskQueue
from paddles.controllers.watching import Changes, Log
from paddles.db import engine
from paddles.db.engine import OVERFLOW, Database
from paddles.logs import log_to
from paddles.settings import Settings
from paddles.web.application import build
from paddles.web.face import Context
from paddles.web.metrics import Metrics
from paddles.web.resource import Resource
from paddles.web.watch import Watch

log = logging.getLogger(__name__)

# How often pages are told what has changed: people see no more, and each of them then asks for it.
CHANGES_EVERY_S = 0.5


def application(settings: Settings) -> Callable[..., Any]:
    """Return the service as a WSGI application; connections are made when the first request needs one."""
    sentry.watch(settings)
    for face in settings.exposed:
        log.warning("%s_access is open on %s: whoever reaches it may change things", face, settings.server_host)
    database, metrics = engine.connect(settings), Metrics()
    for name, sessions in (("read", database.reader), ("write", database.writer)):
        engine.on_use(sessions, metrics.pool(name, settings.pool_size + OVERFLOW))
    watch = Watch(Log(database, settings.event_source))
    pages = Watch(Changes(database), every_s=CHANGES_EVERY_S, most=settings.live_connections)
    context = Context(database, settings, metrics, watch, pages)
    return build(Root(), context, _ports(settings))


def serve(database: Database, settings: Settings) -> Callable[..., Any]:
    """Return the service over a database that the caller holds."""
    return build(Root(), Context(database, settings), _ports(settings))


def setup_app(config: Any) -> Callable[..., Any]:
    """Return the service for a Pecan configuration; what ``pecan serve config.py`` calls."""
    values = {**config.to_dict(), config_file.FILE: config.__file__}
    settings = configuration.load(values)
    log_to(config_file.logging_in(config_file.files(values)), settings.log_format)
    return application(settings)


def _ports(settings: Settings) -> dict[str, Resource]:
    """Return what has a port of its own, by that."""
    return {str(settings.taskqueue_port): TaskQueue()} if settings.taskqueue_port else {}
