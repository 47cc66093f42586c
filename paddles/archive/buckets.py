"""Contents in a bucket of S3, or of what speaks its protocol: ``prefix/ab/abcd...``. Failures are OSErrors."""

import contextlib
import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

# What obstore raises, by its version.
ABSENT = (NotFoundError, FileNotFoundError)
# How many bytes are asked for at once; a download holds two of them.
PIECE = 1024 * 1024
# Whoever waits meanwhile has been given a thread.
AGAIN: Any = {"max_retries": 3, "retry_timeout": datetime.timedelta(seconds=10)}
# Where nothing says which, and most that are not Amazon's do not care.
REGION = "us-east-1"


@dataclass(frozen=True)
class Bucket:
    """The contents in a bucket (``contents.Store``). Objects appear there when they are whole."""

    store: S3Store

    @classmethod
    def at(cls, url: str, endpoint: str, key: str, secret: str) -> "Bucket":
        """Return the contents below ``s3://bucket/prefix``; what is blank the environment says, as AWS's tools have it.

        ``endpoint`` is the address of a server that is not Amazon's.
        """
        place = urlsplit(url)
        said = {
            "endpoint": endpoint,
            "access_key_id": key,
            "secret_access_key": secret,
            # Of an address without one Amazon's is meant.
            "region": REGION if endpoint else "",
        }
        given: Any = {name: value for name, value in said.items() if value}
        options: Any = {"allow_http": endpoint.startswith("http://"), "timeout": "30 s"}
        prefix = place.path.strip("/") or None
        return cls(S3Store(place.netloc, prefix=prefix, config=given, client_options=options, retry_config=AGAIN))

    def keep(self, name: bytes, content: bytes) -> None:
        """Have a content be there when this returns."""
        with _as_oserror():
            if not self._there(name):
                obstore.put(self.store, _key(name), content)

    def take(self, name: bytes, path: Path) -> None:
        """Do the same with the content of a file."""
        with _as_oserror():
            if not self._there(name):
                obstore.put(self.store, _key(name), path)

    def read(self, name: bytes) -> bytes:
        """Return a content."""
        with _as_oserror():
            return bytes(obstore.get(self.store, _key(name)).bytes())

    def pieces(self, name: bytes, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from ``start`` to before ``stop``."""
        while start < stop:
            end = min(start + PIECE, stop)
            with _as_oserror():
                data = bytes(obstore.get_range(self.store, _key(name), start=start, end=end))
            yield data
            start = end

    def forget(self, names: Sequence[bytes]) -> None:
        """Take contents away; of one that was not whole the bucket shows nothing."""
        with _as_oserror(), contextlib.suppress(*ABSENT):
            obstore.delete(self.store, [_key(name) for name in names])

    def _there(self, name: bytes) -> bool:
        try:
            obstore.head(self.store, _key(name))
        except ABSENT:
            return False
        return True


def _key(name: bytes) -> str:
    return f"{name.hex()[:2]}/{name.hex()}"


@contextlib.contextmanager
def _as_oserror() -> Iterator[None]:
    try:
        yield
    except (BaseError, FileNotFoundError) as error:
        raise OSError(f"the bucket refuses: {str(error).splitlines()[0]}") from error
