"""Python's logging, as the configuration wants it."""

import logging.config
from collections.abc import Mapping
from typing import Any

from paddles.errors import Invalid


def log_to(config: Mapping[str, Any] | None) -> None:
    """Log as the dictionary says (``logging.config.dictConfig``'s form); None changes nothing.

    Raises:
        Invalid: logging cannot be set up so.
    """
    if not config:
        return
    try:
        logging.config.dictConfig({"version": 1, "disable_existing_loggers": False, **config})
    except (ValueError, TypeError, AttributeError, ImportError) as error:
        raise Invalid(f"bad settings: logging: {error}") from None
