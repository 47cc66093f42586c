"""Contents on a disk: ``ab/abcd...``, each in a file that is whole or not there. Failures are OSErrors."""

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PIECE = 256 * 1024


@dataclass(frozen=True)
class Disk:
    """The contents below a folder (``contents.Store``)."""

    folder: Path

    def keep(self, name: bytes, content: bytes) -> None:
        """Have a content be there when this returns, on the disk and not only in memory."""
        place = self._place(name)
        if not place.exists():
            self._make_folder(place.parent)
            write(place, content)

    def take(self, name: bytes, path: Path) -> None:
        """Do the same with a file that lies on the same disk and is synced; it is gone then."""
        place = self._place(name)
        self._make_folder(place.parent)
        os.replace(path, place)
        sync(place.parent)

    def read(self, name: bytes) -> bytes:
        """Return a content."""
        return self._place(name).read_bytes()

    def pieces(self, name: bytes, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from ``start`` to before ``stop``."""
        with self._place(name).open("rb") as file:
            file.seek(start)
            while start < stop and (data := file.read(min(PIECE, stop - start))):
                start += len(data)
                yield data

    def forget(self, names: Sequence[bytes]) -> None:
        """Take contents away, and what processes that were killed left of them."""
        for place in map(self._place, names):
            for path in (place, *place.parent.glob(f"{place.name}.*")):
                path.unlink(missing_ok=True)

    def _make_folder(self, folder: Path) -> None:
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            sync(self.folder)

    def _place(self, name: bytes) -> Path:
        # Folders of a few thousand files each stay quick on every file system.
        return self.folder / name.hex()[:2] / name.hex()


def sync(folder: Path) -> None:
    """Have the names in a folder be on the disk: that of a new file may be lost where its content is not."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(place: Path, content: bytes) -> None:
    """Have a file with a content be there when this returns, whole; nothing of it is left where it cannot be."""
    descriptor, unfinished = tempfile.mkstemp(dir=place.parent, prefix=f"{place.name}.")
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, place)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(unfinished)
        raise
    sync(place.parent)
