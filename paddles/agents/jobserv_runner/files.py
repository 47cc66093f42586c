"""What a run left in its archive, on its way to the server."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .console import Console, Failed
from .junit import UNPRINTABLE
from .server import Server

AT_ONCE, THREADS = 75, 4
# The server writes these itself.
RESERVED = ("console.log", ".rundef.json")


def names(archive: Path, console: Console) -> Iterator[str]:
    """Yield the files in a folder and below by their paths in it; what is no plain file or has no plain name is said.

    A link is no plain file: it might lead to something of this machine.
    """
    for folder, folders, files in os.walk(archive, onerror=lambda error: console.error(f"not readable: {error}")):
        for file in sorted([*files, *(each for each in folders if Path(folder, each).is_symlink())]):
            path = Path(folder, file)
            name = path.relative_to(archive).as_posix()
            if not stat.S_ISREG(path.lstat().st_mode):
                console.error(f"{name} is no plain file and is left out")
            elif name in RESERVED or UNPRINTABLE.search(name) or not _unicode(name):
                console.error(f"{name!r} cannot be the name of an artifact")
            else:
                yield name


def upload(archive: Path, server: Server, console: Console) -> None:
    """Send all files to where the server wants them.

    Raises:
        Failed: at least one of them is not there; the log names each.
    """
    found = sorted(names(archive, console))
    left: list[str] = []
    saying = threading.Lock()

    def put(name: str, where: dict[str, str]) -> None:
        try:
            server.put(archive / name, where["url"], where["content-type"])
        except (Failed, OSError) as error:
            with saying:
                left.append(name)
                console.error(f"{name} was not uploaded: {error}")

    for first in range(0, len(found), AT_ONCE):
        group = found[first : first + AT_ONCE]
        places = server.sign(group)
        with ThreadPoolExecutor(THREADS) as threads:
            # Whatever was not caught there is raised here.
            list(threads.map(put, places, places.values()))
        for name in group:
            if name not in places:
                left.append(name)
                console.error(f"{name} has no place at the server")
    console.info(f"{len(found) - len(left)} files uploaded")
    if left:
        raise Failed(f"{len(left)} files were not uploaded")


def _unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
