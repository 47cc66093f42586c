"""Files and logs of runs where the store is a bucket: the same as on a disk."""

from pathlib import Path
from urllib.parse import urlsplit

from paddles.app import serve
from paddles.archive import contents
from paddles.db.engine import Database
from paddles.projects import filing
from paddles.settings import Settings
from tests.buckets import buckets, of_bucket
from tests.client import Client
from tests.conftest import NOW
from tests.projects.held import held

CONTENT = b"0123456789" * 300_000


def local(url: str) -> str:
    """Return the path and query of an address."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def test_runs_put_files_and_logs_into_a_bucket(database: Database, settings: Settings, tmp_path: Path) -> None:
    """They are got from there, whole and in part; on the disk nothing is left of them."""
    with buckets() as endpoint:
        own = settings.model_copy(update={**of_bucket(endpoint), "files_dir": tmp_path})
        client, job = Client(serve(database, own)), held(database)
        asked = client.post_json(f"{job.path}create_signed", ["a.bin"], headers=job.headers)
        place = asked.json["data"]["urls"]["a.bin"]
        client.put(local(place["url"]), CONTENT, headers={"Content-Type": place["content-type"]}, status=201)
        client.post(job.path, b"said", headers={**job.headers, "X-RUN-STATUS": "PASSED"})
        for _ in range(2):
            filing.file_logs(database, own, NOW)

        where = local(client.get(f"{job.path}a.bin", status=302).location)
        assert CONTENT == client.get(where).body
        assert CONTENT[-5:] == client.get(where, headers={"Range": "bytes=-5"}, status=206).body
        log = client.get(local(client.get(f"{job.path}console.log", status=302).location))
        assert b"# Run sent to worker: w1\nsaid" == log.body
    assert [] == [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [] == list((contents.directory(own) / contents.INCOMING).iterdir())
