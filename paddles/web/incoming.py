"""Bodies that are not held in memory: read piece by piece, where they are large after they have arrived in a file.

An endpoint that declares ``body=Incoming`` is called before the body is looked at. Its first unit of work says whether
there is a use for it; what it returns to be done outside reads the pieces. Where the server collects requests
(``web.worker``) a large body that somebody wants is then collected in a file by no thread, and the request is tried
again from its beginning when all of it is there: whatever was done until then is done twice.
"""

from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, BinaryIO

from paddles.errors import Invalid, TooLarge
from paddles.web import body as bodies

PIECE = 256 * 1024

# Whether all of the request at hand has arrived, or its body is read from whoever sends it.
ARRIVED: ContextVar[bool] = ContextVar("arrived", default=True)


class Wanted(BaseException):
    """Leaves a request, past everything that answers, to the server that is to collect its body in a file.

    ``limit`` is how many bytes it may have, ``folder`` where the file is to be.
    """

    def __init__(self, limit: int, folder: Path) -> None:
        super().__init__("to be tried again when it has arrived")
        self.limit, self.folder = limit, folder


class Incoming:
    """The body of the request at hand."""

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._environ = environ

    def pieces(self, limit: int, folder: Path) -> Iterator[bytes]:
        """Yield the body, of ``limit`` bytes at most; where it has to lie in a file first, that is in ``folder``.

        Raises:
            TooLarge: it is longer.
            Invalid: its length is no number, its chunks are none, or less came than was announced.
        """
        length = bodies.length(self._environ)
        if length is not None and length > limit:
            raise TooLarge(f"a file has at most {limit} bytes")
        if not ARRIVED.get():
            folder.mkdir(parents=True, exist_ok=True)
            raise Wanted(limit, folder)
        yield from self._read(length, limit)

    def _read(self, length: int | None, limit: int) -> Iterator[bytes]:
        size = 0
        while length is None or size < length:
            data = bodies.received(self._environ, PIECE if length is None else min(PIECE, length - size))
            size += len(data)
            if size > limit:
                raise TooLarge(f"a file has at most {limit} bytes")
            if not data and length is not None:
                raise Invalid("the request ended before its body did")
            if not data:
                return
            yield data


class Replay:
    """What reads like a socket, and gives a request from the file in which it has arrived."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.seek(0)

    def recv(self, size: int) -> bytes:
        """Return the next bytes, none at the end."""
        return self._file.read(size)
