"""The log and the files of runs: put where the run was told to, shown when it has ended, part by part."""

from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from paddles.archive import contents
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.client import Client
from tests.concurrency.threads import together
from tests.projects.held import Held, hand_over, held, write
from tests.units import rows

FIRST = b"# Run sent to worker: w1\n"
WAITING = b"# Waiting for worker with tag: amd64\n"


@pytest.fixture
def job(database: Database) -> Held:
    """A job that a machine was given."""
    return held(database)


def signed(client: Client, job: Held, *names: str, status: int = 200, **headers: str) -> Any:
    """Ask where files may be put."""
    said = {**job.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    answer = client.post_json(f"{job.path}create_signed", list(names), headers=said, status=status)
    return answer.json["data"]["urls"] if status == 200 else answer.json


def local(url: str) -> str:
    """Return the path and query of an address."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def put(client: Client, place: dict[str, str], content: bytes, status: int = 201) -> Any:
    """Put a file where its run was told to."""
    return client.put(local(place["url"]), content, headers={"Content-Type": place["content-type"]}, status=status)


def end(client: Client, job: Held, said: str = "PASSED") -> None:
    """End a run."""
    client.post(job.path, b"", headers={**job.headers, "X-RUN-STATUS": said}, status=200)


def got(client: Client, job: Held, name: str, **headers: str) -> Any:
    """Follow a file of a run that has ended to where it lies."""
    answer = client.get(f"{job.path}{quote(name)}", status=302)
    assert "PASSED" == answer.headers["X-RUN-STATUS"]
    return client.get(local(answer.location), headers={n.replace("_", "-"): v for n, v in headers.items()})


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "text/plain"),
        ("output.log", "text/plain"),
        ("a/b/c.json", "application/json"),
        ("x.tar.gz", "application/gzip"),
        ("vmlinux", ""),
        ("a b%2F+ü😀?#.bin", "application/octet-stream"),
        ("index.html.sig", ""),
    ],
)
@pytest.mark.parametrize("content", [b"", b"\0\xff\r\n" * 1000])
def test_what_is_put_is_got(client: Client, job: Held, name: str, kind: str, content: bytes) -> None:
    """Byte for byte, with its length, of the type that its name says; and only when the run has ended."""
    place = signed(client, job, name)[name]
    assert kind == place["content-type"]
    assert place["url"].startswith("http://localhost")
    put(client, place, content)
    client.get(f"{job.path}{quote(name)}", status=404)
    end(client, job)

    answer = got(client, job, name)
    assert content == answer.body
    assert str(len(content)) == answer.headers["Content-Length"]
    assert (kind or "application/octet-stream") == answer.content_type
    assert "nosniff" == answer.headers["X-Content-Type-Options"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "X-RUN-STATUS" not in answer.headers


def test_a_second_one_takes_the_place_of_the_first(client: Client, database: Database, job: Held) -> None:
    """And the address is good for both."""
    place = signed(client, job, "a.txt")["a.txt"]
    for content in (b"one", b"two", b"two"):
        put(client, place, content)
    end(client, job)

    assert b"two" == got(client, job, "a.txt").body
    assert 1 == len(rows(database, "SELECT * FROM files"))


@pytest.mark.parametrize(
    "name",
    [
        "", "/", "/etc/passwd", "../x", "a/../../x", "a//b", ".", "..", "a/.", "a\0", "a\nb", "x" * 256, "\x7f",
        "console.log", "console.attempt-1.log", ".rundef.json", "a/" * 600 + "b",
    ],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused(client: Client, job: Held, name: str) -> None:
    """400 for all that were asked for, and nothing is signed."""
    assert "error" == signed(client, job, "fine", name, status=400)["status"]


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b'"a"', b"[1]", b"[null]", b"\xff", b'["a", ["b"]]'])
def test_what_is_no_list_of_names_is_refused(client: Client, job: Held, body: bytes) -> None:
    """400; so are too many."""
    client.post(f"{job.path}create_signed", body, headers=job.headers, status=400)
    signed(client, job, *map(str, range(1001)), status=400)
    assert 1000 == len(signed(client, job, *map(str, range(1000))))


def test_only_the_run_is_told_where_to_put_files(client: Client, database: Database, job: Held) -> None:
    """And only until it has ended."""
    client.post_json(f"{job.path}create_signed", ["a"], status=401)
    client.post_json(f"{job.path}create_signed", ["a"], headers={"Authorization": "Token x"}, status=401)
    end(client, job)
    signed(client, job, "a", status=401)


def test_an_address_is_good_for_one_thing_only(client: Client, database: Database, job: Held) -> None:
    """Another path, run, method, type or time is 401, and nothing is kept."""
    other = held(database, "other")
    place = signed(client, job, "a.txt")["a.txt"]
    path = local(place["url"])
    kind = {"Content-Type": "text/plain"}

    for changed in (
        path.replace("a.txt", "b.txt"),
        path.replace("a.txt", "../a.txt"),
        path.replace(f"/{job.job_id}/", f"/{other.job_id}/"),
        path.replace("expires=", "expires=1"),
        path.replace("signature=", "signature=0"),
        path.partition("?")[0],
        f"{path.partition('&')[0]}&signature=%00%ff",
    ):
        assert client.put(changed, b"x", headers=kind, expect_errors=True).status_int in (400, 401), changed
    client.put(path, b"x", headers={"Content-Type": "text/html"}, status=401)
    client.get(path, status=401)
    client.put("/artifacts/x/y", b"", status=404)
    client.put("/artifacts/1", b"", status=404)
    assert [] == rows(database, "SELECT * FROM files")


def test_addresses_expire(client: Client, database: Database, job: Held) -> None:
    """Those for putting after half an hour, those for getting after 90 s, or as was asked for."""
    soon = signed(client, job, "a.txt", X_URL_EXPIRATION="0")["a.txt"]
    put(client, soon, b"x", 401)
    put(client, signed(client, job, "a.txt", X_URL_EXPIRATION="60")["a.txt"], b"x")
    assert "number of seconds" in signed(client, job, "a.txt", status=400, X_URL_EXPIRATION="soon")["message"]
    end(client, job)

    gone = client.get(f"{job.path}a.txt", headers={"X-EXPIRATION": "0"}, status=302)
    assert "private" == gone.headers["Cache-Control"]
    client.get(local(gone.location), status=401)
    client.get(f"{job.path}a.txt", headers={"X-EXPIRATION": "-1"}, status=400)


def test_an_address_dies_with_its_run(client: Client, database: Database, job: Held) -> None:
    """With its end, and with the end of its holder; the next one gets addresses of its own."""
    first = signed(client, job, "a.txt")["a.txt"]
    write(database, "UPDATE leases SET ended = now(), outcome = 'lost' WHERE job_id = :id", id=job.job_id)
    write(database, "UPDATE jobs SET status = 'queued', leased = false WHERE id = :id", id=job.job_id)
    put(client, first, b"x", 401)
    again = hand_over(database, job, token="u" * 43)
    put(client, first, b"x", 401)

    second = signed(client, again, "a.txt")["a.txt"]
    end(client, again)
    put(client, second, b"x", 401)


def test_a_file_has_a_largest_size(client: Client, database: Database, job: Held, settings: Settings) -> None:
    """413, and nothing of it is left; what came in chunks is counted as it comes."""
    place = signed(client, job, "a.bin")["a.bin"]
    headers = {"Content-Type": place["content-type"], "Content-Length": str(settings.upload_max_bytes + 1)}
    client.put(local(place["url"]), b"x", headers=headers, status=413)

    assert [] == list((contents.directory(settings) / contents.INCOMING).glob("*"))


def test_an_upload_that_breaks_off_leaves_nothing(client: Client, job: Held, settings: Settings) -> None:
    """400, and neither a file nor a part of one."""
    place = signed(client, job, "a.bin")["a.bin"]
    headers = {"Content-Type": place["content-type"], "Content-Length": "10"}
    client.put(local(place["url"]), b"x", headers=headers, status=400)

    assert [] == list((contents.directory(settings) / contents.INCOMING).glob("*"))
    end(client, job)
    client.get(f"{job.path}a.bin", status=404)


def test_many_may_put_files_at_once(client: Client, database: Database, job: Held) -> None:
    """As a runner with its four threads does; of one name one of them is kept."""
    names = [f"{n}.txt" for n in range(8)]
    places = signed(client, job, *names, "same.txt")

    def send(number: int) -> None:
        put(client, places[names[number]], b"%d" % number * 1000)
        put(client, places["same.txt"], b"%d" % number)

    together(8, send)
    end(client, job)

    assert [b"%d" % n * 1000 for n in range(8)] == [got(client, job, name).body for name in names]
    assert got(client, job, "same.txt").body in {b"%d" % n for n in range(8)}


def test_pages_are_shown_in_their_place(client: Client, job: Held) -> None:
    """So that what they refer to is found; they are not ours, and run nothing."""
    put(client, signed(client, job, "site/index.html")["site/index.html"], b"<script>x</script>")
    end(client, job)

    answer = client.get(f"{job.path}site/index.html", status=200)
    assert "text/html" == answer.content_type
    assert b"<script>x</script>" == answer.body
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "nosniff" == answer.headers["X-Content-Type-Options"]


@pytest.mark.parametrize(
    ("header", "status", "expected"),
    [
        ("bytes=0-3", 206, b"0123"), ("bytes=3-", 206, b"3456789"), ("bytes=-3", 206, b"789"),
        ("bytes=9-9", 206, b"9"), ("bytes=8-100", 206, b"89"), ("bytes=-100", 206, b"0123456789"),
        ("bytes=10-", 416, b""), ("bytes=-0", 416, b""), ("bytes=99-100", 416, b""),
        ("bytes=3-1", 200, b"0123456789"), ("bytes=0-1,3-4", 200, b"0123456789"), ("x", 200, b"0123456789"),
        ("bytes=", 200, b"0123456789"), ("bytes=-", 200, b"0123456789"), ("lines=1-2", 200, b"0123456789"),
        ("bytes=" + "9" * 30 + "-", 200, b"0123456789"),
    ],
)  # fmt: skip
def test_a_part_of_a_file_is_given(client: Client, job: Held, header: str, status: int, expected: bytes) -> None:
    """Or all of it, for what nobody understands; with HEAD its length alone."""
    put(client, signed(client, job, "a.txt")["a.txt"], b"0123456789")
    end(client, job)
    where = local(client.get(f"{job.path}a.txt", status=302).location)

    answer = client.get(where, headers={"Range": header}, status=status)
    assert expected == answer.body
    if status == 206:
        first = b"0123456789".find(expected)
        assert f"bytes {first}-{first + len(expected) - 1}/10" == answer.headers["Content-Range"]
    if status == 416:
        assert "bytes */10" == answer.headers["Content-Range"]
    head = client.head(where, headers={"Range": header}, status=status)
    assert (b"", answer.headers["Content-Length"]) == (head.body, head.headers["Content-Length"])


def test_a_file_that_lies_elsewhere_is_shown_the_way_to(client: Client, database: Database, job: Held) -> None:
    """Of a build that was made elsewhere."""
    end(client, job)
    link = "INSERT INTO links (job_id, path, url, size) VALUES (:id, 'image.gz', 'https://else.where/i?x=1', 5)"
    write(database, link, id=job.job_id)

    assert "https://else.where/i?x=1" == client.get(f"{job.path}image.gz", status=302).location


@pytest.mark.parametrize("name", ["tests/report.txt", "tests/a/b.txt", "rerun/x", "cancel/x", ".rundef.json/x"])
def test_folders_may_be_called_like_addresses_of_ours(client: Client, job: Held, name: str) -> None:
    """What is listed as a file of a run is given."""
    put(client, signed(client, job, name)[name], b"content")
    end(client, job)

    assert b"content" == got(client, job, name).body


def test_a_test_goes_before_a_file_of_its_address(client: Client, job: Held) -> None:
    """A file below ``tests`` is seen where there is no such test; where there is neither it is 404."""
    for name in ("tests/both", "tests/file"):
        put(client, signed(client, job, name)[name], b"content")
    client.post_json(f"{job.path}tests/both/", {"status": "PASSED"}, headers=job.headers, status=200)
    end(client, job)

    assert "both" == client.get(f"{job.path}tests/both", status=200).json["data"]["test"]["name"]
    assert b"content" == got(client, job, "tests/file").body
    client.get(f"{job.path}tests/neither/", status=404)


def test_a_file_does_not_shorten_what_a_run_has(client: Client, database: Database, job: Held) -> None:
    """One that comes when the run has said its last word, and others test it for hours."""
    place = signed(client, job, "late")["late"]
    client.post_json(f"{job.path}tests/t/", {"status": "RUNNING"}, headers=job.headers, status=200)
    end(client, job)
    ((before,),) = rows(database, "SELECT expires FROM leases")

    put(client, place, b"content")

    assert [(before,)] == rows(database, "SELECT expires FROM leases")
