"""Errors to Sentry, where it is configured: every log record from ERROR up becomes an event."""

import logging
from typing import Any

import paddles
from paddles.logs import REQUEST_ID
from paddles.settings import Settings

log = logging.getLogger(__name__)


def watch(settings: Settings) -> bool:
    """Send this process's errors to ``sentry_dsn`` and say whether that is so. What users sent is left out."""
    if not settings.sentry_dsn:
        return False
    try:
        import sentry_sdk  # noqa: PLC0415 - an extra, and slow to import where nobody wants it
    except ImportError:
        log.warning("sentry_dsn is set and the package sentry-sdk is missing: pip install 'paddles[sentry]'")
        return False
    try:
        sentry_sdk.init(
            settings.sentry_dsn,
            release=f"paddles@{paddles.__version__}",
            before_send=_tagged,
            # Neither bodies nor documents nor what is in the variables of a traceback; no hooks into other packages.
            send_default_pii=False,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            auto_enabling_integrations=False,
        )
    except ValueError as error:
        log.warning("errors do not go to Sentry, sentry_dsn is wrong: %s", error)
        return False
    log.info("errors go to Sentry")
    return True


def _tagged(event: Any, _hint: dict[str, Any]) -> Any:
    if request_id := REQUEST_ID.get():
        event.setdefault("tags", {})["request_id"] = request_id
    return event
