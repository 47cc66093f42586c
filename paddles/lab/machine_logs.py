"""Logs that machines send of themselves: kept for some days in the file store, also when the machine is gone."""

import datetime
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

from paddles.errors import Unavailable

FOLDER = "machine-logs"
KEPT = datetime.timedelta(days=4)
_STAMP = "%Y%m%dT%H%M%S.%fZ"


def keep(store: Path, machine: str, content: bytes, now: datetime.datetime) -> str:
    """Have what a machine sent, compressed by gzip, be on the disk when this returns, and return what it is called.

    Raises:
        Unavailable: it cannot be written.
    """
    folder = store / FOLDER / quote(machine, safe="")
    name = f"{now.astimezone(datetime.UTC).strftime(_STAMP)}.gz"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, unfinished = tempfile.mkstemp(dir=folder)
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, folder / name)
    except OSError as error:
        raise Unavailable(f"the file store takes nothing: {error.strerror}") from error
    return name


def forget(store: Path, now: datetime.datetime, limit: int) -> int:
    """Delete up to ``limit`` logs that are older than ``KEPT`` and return how many."""
    old = (now - KEPT).timestamp()
    gone = 0
    for path in sorted((store / FOLDER).glob("*/*"))[: limit * 10]:
        if gone < limit and path.stat().st_mtime < old:
            path.unlink(missing_ok=True)
            gone += 1
    return gone
