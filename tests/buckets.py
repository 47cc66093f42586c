"""A server of buckets, as S3 is one, for tests."""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.server import ThreadedMotoServer

BUCKET = "paddles"


@contextmanager
def buckets() -> Iterator[str]:
    """Run a server with one bucket, and give its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{address}/{BUCKET}", method="PUT")) as made:
            assert 200 == made.status
        yield address
    finally:
        server.stop()


def of_bucket(endpoint: str, url: str = f"s3://{BUCKET}") -> dict[str, Any]:
    """Return the settings of a bucket."""
    return {"files_url": url, "files_endpoint": endpoint, "files_key": "key", "files_secret": "secret"}
