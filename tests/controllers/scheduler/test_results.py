"""``/result/``: what a machine uploads while it runs a job."""

from pathlib import Path

import pytest
import yaml
from sqlalchemy import text

from paddles.app import serve
from paddles.archive import contents
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.boot.archives import unpacked
from tests.client import Client
from tests.units import rows

JOB = {"suite": "nap", "testbox": "vm-1"}


def submitted(client: Client) -> str:
    """Submit a job and return its number."""
    return str(client.send("POST", "/scheduler/v1/jobs/submit", JOB).text)


def started(client: Client) -> str:
    """Submit a job, give it to a machine and return its number."""
    job_id = submitted(client)
    assert "job" in client.get("/boot.container/host/vm-1").json
    return job_id


def stored(database: Database) -> list[tuple[str, int]]:
    """Return paths and sizes of all files."""
    found = rows(database, "SELECT path, size FROM files JOIN contents USING (digest) ORDER BY path")
    return [(row.path, row.size) for row in found]


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_file_is_taken(client: Client, database: Database, settings: Settings, method: str) -> None:
    """Whatever it holds, as it is, below the result root of its job; the same one again does no harm."""
    job_id = started(client)
    for path, content in (("dmesg", b"\0\xff\r\n"), ("a/b c.json", b'{"x": 1}'), ("empty", b"")):
        for _ in range(2):
            address = f"/result/nap/{job_id}/{path.replace(' ', '%20')}?job_id={job_id}"
            assert "Done\n" == client.send(method, address, content).text

    assert [("a/b c.json", 8), ("dmesg", 4), ("empty", 0)] == stored(database)
    assert b"\0\xff\r\n" == contents.read(contents.store(settings), contents.digest(b"\0\xff\r\n"))


def test_a_file_is_not_overwritten(client: Client, database: Database) -> None:
    """Another one of the same name is 409."""
    job_id = started(client)
    address = f"/result/nap/{job_id}/dmesg?job_id={job_id}"
    client.send("PUT", address, b"one")

    assert "another file dmesg" in client.refused("PUT", address, 409, b"two")
    assert [("dmesg", 3)] == stored(database)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nap/{id}/../x", 400), ("nap/{id}/%2e%2e/x", 400), ("nap/{id}/a%2Fb", 400), ("../etc/passwd", 400),
        ("nap/{id}/..%2f..%2fetc", 400), ("nap/{id}/%00", 404), ("nap/{id}/a%0Ab", 400), ("nap/{id}/%ff", 404),
        ("nap/{id}/" + "x" * 256, 400), ("nap/{id}", 403), ("nap/{id}0/x", 403), ("nap/1{id}/x", 403),
        ("other/{id}/x", 403), ("{id}/x", 403), ("nap/x", 403), ("", 400),
    ],
)  # fmt: skip
def test_a_file_goes_nowhere_else(
    client: Client, database: Database, settings: Settings, path: str, status: int
) -> None:
    """Whatever path is tried, neither the database nor the disk hears of it."""
    job_id = started(client)
    before = sorted(Path(settings.files_dir or "").rglob("*"))

    address = f"/result/{path.format(id=job_id)}?job_id={job_id}"
    client.refused("PUT", address, status, b"elsewhere")

    assert [] == stored(database) == rows(database, "SELECT digest FROM contents")
    assert before == sorted(Path(settings.files_dir or "").rglob("*"))


def test_what_a_job_reports_of_its_root_moves_nothing(client: Client, database: Database) -> None:
    """It is the service that says where results go."""
    job_id = started(client)
    report = f"/~lkp/cgi-bin/lkp-jobfile-append-var?job_id={job_id}&result_root=/result/other/1"

    client.refused("GET", report, 400)
    client.refused("PUT", f"/result/other/1/x?job_id={job_id}", 403, b"x")


@pytest.mark.parametrize(("said", "status"), [("", 400), ("job_id=", 400), ("job_id=x", 404), ("job_id=999999", 404)])
def test_a_job_that_is_not_there_has_no_files(client: Client, said: str, status: int) -> None:
    """Nor has one that is not named."""
    client.refused("PUT", f"/result/nap/1/x?{said}", status, b"x")


def test_a_job_has_files_while_it_runs(client: Client, database: Database) -> None:
    """Before a machine has it it is 409, after its end 423."""
    job_id = submitted(client)
    address = f"/result/nap/{job_id}/x?job_id={job_id}"
    client.refused("PUT", address, 409, b"x")

    client.get("/boot.container/host/vm-1")
    client.send("PUT", address, b"x")
    client.get(f"/~lkp/cgi-bin/lkp-post-run?job_id={job_id}")

    assert "takes no results any more" in client.refused("PUT", address.replace("/x", "/y"), 423, b"x")
    assert [("x", 1)] == stored(database)


def test_a_file_is_as_large_as_a_body_may_be(database: Database, settings: Settings) -> None:
    """One byte more is 413, and is not stored."""
    small = settings.model_copy(update={"max_body_bytes": 1024})
    client = Client(serve(database, small))
    job_id = started(client)

    client.send("PUT", f"/result/nap/{job_id}/a?job_id={job_id}", b"x" * 1024)
    client.refused("PUT", f"/result/nap/{job_id}/b?job_id={job_id}", 413, b"x" * 1025)

    assert [("a", 1024)] == stored(database)


def test_a_full_disk_is_503(database: Database, settings: Settings, tmp_path: Path) -> None:
    """The machine may send it again; no file is known that is not there."""
    (tmp_path / "file").touch()
    client = Client(serve(database, settings.model_copy(update={"files_dir": tmp_path / "file"})))
    job_id = started(client)

    client.refused("PUT", f"/result/nap/{job_id}/x?job_id={job_id}", 503, b"x")

    assert [] == stored(database)


def test_an_upload_is_a_sign_of_life(client: Client, database: Database) -> None:
    """A job of which something was heard is not given to another machine."""
    job_id = started(client)
    client.send("PUT", f"/result/nap/{job_id}/x?job_id={job_id}", b"x")

    (lease,) = rows(database, "SELECT heard FROM leases")
    assert lease.heard is not None


def test_a_job_says_that_it_has_files(client: Client) -> None:
    """While they come, and once it is over; one without says nothing of the kind."""

    def readiness(job_id: str) -> str | None:
        shown = client.get(f"/scheduler/v1/jobs/{job_id}?fields=job_data_readiness").json
        return shown["job_data_readiness"]  # type: ignore[no-any-return]

    job_id = started(client)
    assert readiness(job_id) is None

    for name in "xy":
        client.send("PUT", f"/result/nap/{job_id}/{name}?job_id={job_id}", b"x")
    assert "uploading" == readiness(job_id)

    client.get(f"/~lkp/cgi-bin/lkp-post-run?job_id={job_id}")
    assert "uploaded" == readiness(job_id)


@pytest.fixture
def guarded(database: Database, settings: Settings) -> Client:
    """The service with a key for tokens."""
    return Client(serve(database, settings.model_copy(update={"job_token_key": "a key"})))


def token_of(client: Client, job_id: str) -> str:
    """Return the token that the machine finds in its archive, in the one file that is for root alone."""
    held = {entry.path: entry for entry in unpacked(client.get(f"/job_initrd_tmpfs/{job_id}/job.cgz").body)}
    secrets = held.pop("lkp/scheduled/secrets.yaml")
    token = str(yaml.safe_load(secrets.content)["job_token"])
    assert 0o100600 == secrets.mode
    assert not any(token.encode() in entry.content for entry in held.values())
    return token


def test_with_a_key_an_upload_needs_the_token(guarded: Client, database: Database) -> None:
    """Which its machine finds in the secrets of the job's archive: 401 without, 403 with another's."""
    job_id = started(guarded)
    address = f"/result/nap/{job_id}/x?job_id={job_id}"
    guarded.refused("PUT", address, 401, b"x")
    guarded.refused("PUT", f"{address}&job_token=", 401, b"x")
    for wrong in ("x", "%C3%BC", "0" * 64):
        guarded.refused("PUT", f"{address}&job_token={wrong}", 403, b"x")
    assert [] == stored(database)

    assert "Done\n" == guarded.send("PUT", f"{address}&job_token={token_of(guarded, job_id)}", b"x").text
    assert [("x", 1)] == stored(database)


def test_the_token_of_an_attempt_is_not_that_of_the_next(guarded: Client, database: Database) -> None:
    """A machine that lost its job cannot put results into what another one does."""
    job_id = started(guarded)
    old = token_of(guarded, job_id)
    with database.writer.begin() as session:
        session.execute(text("UPDATE jobs SET attempt = attempt + 1"))

    guarded.refused("PUT", f"/result/nap/{job_id}/x?job_id={job_id}&job_token={old}", 403, b"x")
    assert old != token_of(guarded, job_id)


def test_the_token_is_shown_to_nobody_else(guarded: Client) -> None:
    """Neither where the job is shown, nor in the scripts of its machine."""
    job_id = started(guarded)

    token = token_of(guarded, job_id)
    assert token not in guarded.get(f"/scheduler/v1/jobs/{job_id}").text


def test_what_was_uploaded_is_listed_with_its_job(client: Client) -> None:
    """By path, a page at a time; each says where it is to be had. A job without files has none."""
    job_id = started(client)
    run = client.get("/runs/").json[0]["name"]
    listed = f"/runs/{run}/jobs/{job_id}/files/"
    assert [] == client.get(listed).json

    for path in ("b", "a/%C3%A4%20x"):
        client.send("PUT", f"/result/nap/{job_id}/{path}?job_id={job_id}", b"1234")

    found = client.get(listed).json
    assert [("a/ä x", 4), ("b", 4)] == [(file["path"], file["size"]) for file in found]
    assert found[0]["href"].endswith(f"/result/nap/{job_id}/a/%C3%A4%20x")
    assert ["b"] == [file["path"] for file in client.get(f"{listed}?count=1&page=2").json]
    assert "no job none" in client.refused("GET", f"/runs/{run}/jobs/none/files/", 404)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<script>alert(1)</script>", "text/plain"),
        ("Übung\n".encode(), "text/plain"),
        (b"", "text/plain"),
        (b"\xff\xd8", "application/octet-stream"),
        (b"a\0b", "application/octet-stream"),
    ],
)
def test_what_was_uploaded_is_given_back(client: Client, content: bytes, kind: str) -> None:
    """Byte by byte, and never as anything that a browser would run; not again to whoever has it."""
    job_id = started(client)
    address = f"/result/nap/{job_id}/a/dmesg"
    client.send("PUT", f"{address}?job_id={job_id}", content)

    answer = client.get(address)

    assert (content, kind, "nosniff") == (answer.body, answer.content_type, answer.headers["X-Content-Type-Options"])
    assert 304 == client.get(address, headers={"If-None-Match": answer.headers["ETag"]}, status=304).status_code


def test_nothing_else_is_given(client: Client) -> None:
    """Not a file of another job, suite or name, and nothing outside of the store, however the path is written."""
    job_id = started(client)
    client.send("PUT", f"/result/nap/{job_id}/dmesg?job_id={job_id}", b"x")
    number = int(job_id)

    for path in (
        f"nap/{number + 1}/dmesg",
        f"other/{number}/dmesg",
        f"nap/{number}/dmesg/x",
        f"nap/{number}",
        "nap",
        f"nap/{number}/..%2F..%2Fetc/passwd",
        f"nap/{number}/../{number}/dmesg",
        "nap/9223372036854775808/dmesg",
        "nap/x/dmesg",
    ):
        client.refused("GET", f"/result/{path}", 404)


def test_a_file_that_the_store_lost_is_not_there_now(client: Client, settings: Settings) -> None:
    """503, and not something else in its place: whoever keeps the disks can put it back."""
    job_id = started(client)
    address = f"/result/nap/{job_id}/dmesg"
    client.send("PUT", f"{address}?job_id={job_id}", b"as it was")
    (place,) = contents.directory(settings).rglob(contents.digest(b"as it was").hex())
    place.write_bytes(b"otherwise")

    client.refused("GET", address, 503)
