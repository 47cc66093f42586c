"""Logs that machines send of themselves: kept for some days in the file store, also when the machine is gone."""

import datetime
import itertools
from pathlib import Path
from urllib.parse import quote

from paddles.archive import disks
from paddles.errors import Unavailable

FOLDER = "machine-logs"
KEPT = datetime.timedelta(days=4)
_STAMP = "%Y%m%dT%H%M%S.%fZ"


def keep(store: Path, machine: str, content: bytes, now: datetime.datetime) -> None:
    """Have what a machine sent, compressed by gzip, be on the disk when this returns.

    Raises:
        Unavailable: it cannot be written.
    """
    folder = store / FOLDER / quote(machine, safe="")
    name = f"{now.astimezone(datetime.UTC).strftime(_STAMP)}.gz"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        disks.write(folder / name, content)
    except OSError as error:
        raise Unavailable(f"the file store takes nothing: {error.strerror}") from error


def forget(store: Path, now: datetime.datetime, limit: int) -> int:
    """Delete up to ``limit`` logs that are older than ``KEPT`` and return how many."""
    before = (now - KEPT).timestamp()
    old = (path for path in (store / FOLDER).glob("*/*") if path.stat().st_mtime < before)
    gone = list(itertools.islice(old, limit))
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)
