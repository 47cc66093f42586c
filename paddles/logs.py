"""Python's logging, as the configuration wants it: plain lines, or JSON with the id of the request."""

import datetime
import json
import logging
import logging.config
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from paddles.errors import Invalid

# The request that is being answered here; blank outside of one.
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
# The attribute of a record that holds what its message says as fields.
FIELDS = "paddles_fields"
PLAIN = "%(asctime)s - %(levelname)s - %(filename)s@%(funcName)s: %(message)s"


class JSONLines(logging.Formatter):
    """One JSON object a line: ``time``, ``level``, ``logger``, ``message``, ``request_id`` during a request, what the
    message consists of where that is known, and ``exception`` with the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line."""
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line = {
            "time": at.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := REQUEST_ID.get():
            line["request_id"] = request_id
        line |= getattr(record, FIELDS, {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = self.formatStack(record.stack_info)
        # Whatever was logged becomes letters that any reader of lines takes.
        return json.dumps(line, default=str)


def log_to(config: Mapping[str, Any] | None, form: str = "plain") -> None:
    """Log as the dictionary says (``logging.config.dictConfig``'s form); None changes nothing.

    As ``json`` the root's handlers write JSON lines; without any, so does a new one, on stderr from INFO up.

    Raises:
        Invalid: logging cannot be set up so.
    """
    if config:
        try:
            logging.config.dictConfig({"version": 1, "disable_existing_loggers": False, **config})
        except (ValueError, TypeError, AttributeError, ImportError) as error:
            raise Invalid(f"bad settings: logging: {error}") from None
    if form == "json":
        root = logging.getLogger()
        if not root.handlers:
            root.addHandler(logging.StreamHandler())
            root.setLevel(logging.INFO)
        for handler in root.handlers:
            handler.setFormatter(JSONLines())


def show(filename: str | None, *, debug: bool) -> None:
    """Log to stderr, and to a file where one is named: everything with ``debug``, else from INFO up.

    Without either nothing changes. A line is time - level - file@function: message, and the file has the same lines.

    Raises:
        Invalid: the file cannot be written.
    """
    if not debug and not filename:
        return
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    try:
        handlers += [logging.FileHandler(filename)] if filename else []
    except OSError as error:
        raise Invalid(f"cannot log to {filename}: {error.strerror}") from None
    logging.basicConfig(format=PLAIN, level=logging.DEBUG if debug else logging.INFO, handlers=handlers, force=True)
    # It tells whole addresses, and those of files may hold a key to them.
    logging.getLogger("urllib3").setLevel(logging.INFO)
