"""Logging as it is configured: left alone, or one JSON object a line with the id of the request."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from paddles import settings as configuration
from paddles.app import serve
from paddles.db.engine import Database
from paddles.errors import Invalid
from paddles.logs import FIELDS, REQUEST_ID, JSONLines
from paddles.settings import Settings
from tests.client import Client
from tests.processes import ROOT, environment

log = logging.getLogger("paddles.some.place")
PROGRAM = """
import logging, sys
from paddles.logs import log_to
logging.getLogger("other").info("before")
log_to({}, {!r})
logging.getLogger("paddles.x").info("hello %s", "there")
logging.getLogger("paddles.x").warning("careful")
"""
CONFIG = {
    "root": {"level": "WARNING", "handlers": ["out"]},
    "handlers": {"out": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "own"}},
    "formatters": {"own": {"format": "OWN %(message)s"}},
}


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged below ``paddles``, as JSON lines."""
    stream = io.StringIO()
    handler, ours = logging.StreamHandler(stream), logging.getLogger("paddles")
    handler.setFormatter(JSONLines())
    before = ours.level
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    yield stream
    ours.removeHandler(handler)
    ours.setLevel(before)


def logged(stream: io.StringIO) -> list[dict[str, Any]]:
    """Return the objects that were logged."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_record_is_an_object_on_a_line(lines: io.StringIO) -> None:
    """Moment, level, logger, message; outside of a request there is no id of one."""
    log.warning("first\nsecond %s", "ü")

    [line] = logged(lines)

    assert ("WARNING", "paddles.some.place", "first\nsecond ü") == (
        line["level"], line["logger"], line["message"],
    )  # fmt: skip
    assert line["time"].endswith("+00:00")
    assert {"level", "logger", "message", "time"} == set(line)


def test_half_a_character_breaks_no_line() -> None:
    """What has no form in UTF-8 is escaped, not raised where somebody only wants to log."""
    record = logging.LogRecord("paddles.x", logging.INFO, __file__, 1, "half \ud800", None, None)

    assert "half \ud800" == json.loads(JSONLines().format(record))["message"]


def test_an_error_has_its_traceback(lines: io.StringIO) -> None:
    """In the same line."""
    try:
        raise ZeroDivisionError("on purpose")
    except ZeroDivisionError:
        log.exception("broken", stack_info=True)

    [line] = logged(lines)

    assert "ZeroDivisionError: on purpose" in line["exception"]
    assert "test_logs.py" in line["stack"]


def test_fields_are_values_of_their_own(lines: io.StringIO) -> None:
    """What JSON has no form for becomes text."""
    log.info("x", extra={FIELDS: {"n": 1, "path": ROOT}})

    [line] = logged(lines)

    assert (1, str(ROOT)) == (line["n"], line["path"])


def test_lines_of_a_request_have_its_id(database: Database, settings: Settings, lines: io.StringIO) -> None:
    """The access log's line, as fields too; afterwards the id belongs to nobody."""
    client = Client(serve(database, settings.model_copy(update={"access_log": True})))

    client.send("GET", "/runs/none/", HTTP_X_REQUEST_ID="id-7", status=404)
    log.info("after")

    line, after = logged(lines)
    assert ("id-7", "GET", "/runs/none/", 404) == tuple(line[k] for k in ("request_id", "method", "path", "status"))
    assert line["ms"] > 0
    assert "request_id" not in after
    assert REQUEST_ID.get() == ""


@pytest.mark.parametrize(
    ("config", "form", "expected"),
    [
        (None, "plain", ["careful"]),
        (CONFIG, "plain", ["OWN careful"]),
        (None, "json", ["hello there", "careful"]),
        (CONFIG, "json", ["careful"]),
    ],
)
def test_what_a_process_logs(config: Any, form: str, expected: list[str]) -> None:
    """Plain leaves everything as configured; JSON changes the form and keeps levels and places."""
    program = PROGRAM.format(config, form)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment(), check=True)

    lines = done.stderr.decode().splitlines()

    assert expected == ([json.loads(line)["message"] for line in lines] if form == "json" else lines)


def test_another_form_is_refused() -> None:
    """By the name of the setting."""
    with pytest.raises(Invalid, match="log_format"):
        configuration.load({"log_format": "xml"})
