"""What no honest client sends: refused with a reason, or stored and returned unchanged, and never a 5xx."""

from itertools import product
from typing import Any
from urllib.parse import quote

import pytest

from paddles.app import serve
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.client import Client
from tests.factories import RUN, job_of, make_job, make_node, make_run, names_of, node_of, run_of

JOB = f"/runs/{RUN}/jobs/1/"
# Every address that takes a body, and a method that does.
WRITING = [
    ("POST", "/runs/"), ("PUT", f"/runs/{RUN}/"), ("POST", f"/runs/{RUN}/jobs/"), ("PUT", JOB), ("POST", "/nodes/"),
    ("PUT", "/nodes/smithi001/"), ("PUT", "/nodes/smithi001/lock/"), ("POST", "/nodes/smithi001/lock/"),
    ("POST", "/nodes/lock_many/"), ("POST", "/nodes/unlock_many/"), ("POST", "/queue/"), ("PUT", "/queue/"),
    ("POST", "/queue/stats/"), ("POST", "/queue/queued_jobs/"),
]  # fmt: skip
READING = [
    "/", "/runs/", f"/runs/{RUN}/", f"/runs/{RUN}/jobs/", JOB, f"/runs/{RUN}/1/", "/runs/branch/main/", "/runs/queued/",
    "/runs/date/", "/runs/date/from/today/to/today/", "/runs/sha1/", "/jobs/", "/nodes/", "/nodes/smithi001/",
    "/nodes/smithi001/jobs/", "/nodes/smithi001/job_stats/", "/nodes/job_stats/", "/nodes/machine_types/", "/queue/",
    "/queue/pop_queue", "/queue/stats/", "/queue/queued_jobs/", "/errors/invalid/", "/healthz", "/readyz",
]  # fmt: skip
NOT_JSON = [
    b"{", b"}", b"nope", b"{'name': 'x'}", b'{"name": "x"} x', b'{"name": "x",}', b'{"name": NaN}',
    b'{"name": Infinity}', b'{"name": -Infinity}', b'{"name": 1e999}', b'{"name": "\\ud800"}', b'{"\\udfff": 1}',
    b'{"name": "\xff"}', b'{"name": "\xed\xa0\x80"}', b'\xef\xbb\xbf{"name": "x"}', '{"name": "x"}'.encode("utf-16"),
    b"\0", b"name=x&count=1", b'{"name": "a\nb"}', b'{"a":' * 2000 + b"1" + b"}" * 2000,
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
]  # fmt: skip
NOT_AN_OBJECT = [b"null", b"true", b"5", b"1.5", b'"name"', b"[]", b'[{"name": "x"}]']
UNSTORABLE = {
    b'{"name": "a\\u0000b"}': "a NUL character cannot be stored",
    b'{"x": [{"a\\u0000b": 1}]}': "a NUL character cannot be stored",
    b'{"x": 18446744073709551616}': "an integer beyond 64 bits cannot be stored",
    b'{"x": [-9223372036854775809]}': "an integer beyond 64 bits cannot be stored",
    b'{"x": ' + b"9" * 300 + b"}": "an integer beyond 64 bits cannot be stored",
    b'{"x": ' + b"[" * 250 + b"]" * 250 + b"}": "a body nests at most 200 levels",
}
STRINGS = [
    "<script>alert('x')</script>", "\"><img src=x onerror=alert(1)>", "'; DROP TABLE runs; --", "' OR '1'='1",
    "%s %(x)s", ":name :id ::text", "$(rm -rf /)", "`id`", "| cat /etc/passwd", "../../../../etc/passwd",
    "..\\..\\windows", "{0} {x}", "{{ 7*7 }}", "${7*7}", "%00", "\\u0000", "\\", '"', "a\u2028b", "\u202eevil",
    "\ufeff", "😀", "e\u0301", " x ", "null", "true", "x" * 300, "=cmd|' /C calc'!A0", "a;b&c=d?e#f", "\x7f\x80",
    "A\tB\r\nC",
]  # fmt: skip
NAMES = [text for text in STRINGS if not any(ord(letter) < 32 or ord(letter) == 127 for letter in text)]


@pytest.fixture
def lab(client: Client) -> Client:
    """One of everything."""
    make_job(client, queue="smithi", targets={"u@smithi001": "k"})
    return client


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_a_body_that_is_no_json_object_is_refused(lab: Client, method: str, path: str) -> None:
    """Whatever is not JSON, or no object, is a 400 that says so at every address; nothing changes."""
    before = run_of(lab), node_of(lab), lab.get("/queue/").json

    for body in (*NOT_JSON, *NOT_AN_OBJECT):
        assert lab.refused(method, path, 400, body).startswith("could not decode JSON body"), body

    assert before == (run_of(lab), node_of(lab), lab.get("/queue/").json)


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_what_cannot_be_stored_unchanged_is_refused(lab: Client, method: str, path: str) -> None:
    """NUL, integers beyond 64 bits and bottomless nesting are named, even under keys that nobody reads."""
    for body, message in UNSTORABLE.items():
        assert message == lab.refused(method, path, 400, body), body[:50]


def test_the_largest_storable_values_come_back(client: Client) -> None:
    """Integers of 64 bits, long texts, empty keys and deep nesting are returned as they came."""
    deep: Any = 1
    for _ in range(190):
        deep = [deep]
    tasks = {
        "": [18446744073709551615, -9223372036854775808, 1e308, 5e-324, 0.1],
        "deep": deep,
        "text": "x" * 1_000_000,
    }

    make_job(client, tasks=tasks)

    assert tasks == job_of(client)["tasks"]


def test_of_equal_keys_the_last_counts(client: Client) -> None:
    """In bodies, as JSON's readers have it, dashes and underscores included; and in queries."""
    client.post(
        f"/runs/{RUN}/jobs/", b'{"job_id": 1, "job_id": 2, "os-type": "a", "os_type": "b", "name": 1, "name": "n"}'
    )
    make_run(client, "second")

    job = job_of(client, job_id=2)

    assert ("b", "n") == (job["os_type"], job["name"])
    assert 1 == len(client.get("/runs/?count=9&count=1").json)


@pytest.mark.parametrize("text", NAMES)
def test_any_text_names_anything(client: Client, text: str) -> None:
    """Jobs, machines, queues, tags and owners may be called anything printable, are found by it and shown unchanged."""
    name, escaped = text[:256], quote(text[:256], safe="")
    make_run(client, name, tags=[name])
    make_job(client, name, job_id=name, queue=name, targets={f"u@{name}": "k"}, user=name)

    assert ([name], name) == (run_of(client, name)["tags"], job_of(client, name, job_id=escaped)["job_id"])
    assert name == node_of(client, escaped)["name"]
    assert [name] == names_of(client.get(f"/nodes/{escaped}/jobs/").json, "job_id")
    assert name == client.get(f"/queue/pop_queue?queue={escaped}").json["job_id"]
    assert [name] == names_of(client.get(f"/jobs/?user={escaped}").json, "job_id")


@pytest.mark.parametrize("text", STRINGS)
def test_any_text_is_stored_and_returned_unchanged(client: Client, text: str) -> None:
    """In texts, in JSON below them, as keys and values: what came in comes out, labelled as JSON and nothing else."""
    make_job(client, description=text, failure_reason=text, branch=text, owner=text, tasks=[{text: text}])
    make_node(client, description=text, os_type=text, ssh_pub_key=text)

    answer = client.get(JOB)

    job, node = answer.json, node_of(client)
    assert ([{text: text}], text, text, text) == (job["tasks"], job["description"], job["failure_reason"], job["owner"])
    assert (text, text, text) == (node["description"], node["os_type"], node["ssh_pub_key"])
    assert [RUN] == names_of(client.get(f"/runs/branch/{quote(text, safe='')}/").json)
    assert ["1"] == names_of(client.get(f"/jobs/?description={quote(text, safe='')}").json, "job_id")
    assert "application/json" == answer.content_type


@pytest.mark.parametrize("query", [
    "count=x", "count=-1", "count=1.5", "count=1e3", "count=", "count=%20", "count=+1", "count=1000001",
    "count=" + "9" * 400, "page=x", "page=-1", "page=", "page=9999999999999999999999", "count=%EF%BC%91",
    "count=0x10", "count=1_0", "count=true", "count[]=1&count=[1]"])  # fmt: skip
def test_absurd_pages_are_refused(client: Client, query: str) -> None:
    """A count or page that is no number, negative or without bounds is a 400 that names it, on every list."""
    make_node(client)

    for path in ("/runs/", "/runs/branch/main/", "/runs/queued/", "/jobs/", "/nodes/smithi001/jobs/"):
        assert query[:4] in client.refused("GET", f"{path}?{query}", 400), path


def test_the_largest_page_is_empty(client: Client) -> None:
    """As far as pages go, there is nothing."""
    make_job(client)

    for path in ("/runs/", "/runs/user/x/", "/jobs/", "/runs/queued/"):
        assert [] == client.get(f"{path}?count=1000000&page=1000000").json


@pytest.mark.parametrize("query", ["branch=%ff", "x=%ed%a0%80", "%c3%28=1", "&".join(["a=1"] * 201)])
def test_a_query_that_cannot_be_read_is_refused(lab: Client, query: str) -> None:
    """Bad UTF-8, and more parameters than anybody needs, are a 400 everywhere that a query is read."""
    for path in READING:
        message = lab.refused("GET", f"{path}?{query}", 400)
        assert "the query string is not UTF-8, or has too many parameters" == message, path


@pytest.mark.parametrize("path", [
    "/runs/?branch=a%00b", "/runs/?since=%00", "/jobs/?description=%00", "/nodes/?os_type=%00", "/runs/?format=%00",
    "/queue/pop_queue?queue=%00", "/nodes/x/jobs/?name=%00", "/nodes/job_stats?machine_type=%00",
    "/queue/?paused_by=%00"])  # fmt: skip
def test_nul_in_a_query_is_refused(client: Client, path: str) -> None:
    """The database cannot look for NUL, so nobody may."""
    assert "must not hold a NUL character" in client.refused("GET", path, 400)


@pytest.mark.parametrize("name", ["%ff", "%c3%28", "%ed%a0%80", "a%00b", "%f8%88%80%80%80", "%c0%ae%c0%ae"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_path_that_names_nothing_is_not_found(client: Client, name: str, method: str) -> None:
    """Bad UTF-8 and NUL in a path are a 404 wherever they stand: nothing can be called so."""
    for path in (f"/{name}/", f"/runs/{name}/", f"/runs/{name}/jobs/1/", f"/runs/x/jobs/{name}/", f"/nodes/{name}/",
                 f"/runs/branch/{name}/"):  # fmt: skip
        assert client.refused(method, path, 404, {"tags": []}).startswith("the path "), path


@pytest.mark.parametrize("path", [
    "/../../etc/passwd", "/runs/../../etc/passwd", "/runs/%2e%2e/%2e%2e/etc/passwd", "/runs/..%2f..%2fetc%2fpasswd/",
    "/static/../config.py", "//etc/passwd", "/runs/" + "x" * 20_000, "/runs/" + "branch/x/" * 500, "/runs/__class__",
    "/runs/__dict__/__init__/", "/nodes/get_all/x", "/_lookup", "/runs/jobs/jobs/jobs/jobs"])  # fmt: skip
def test_no_path_leads_elsewhere(client: Client, path: str) -> None:
    """Neither the file system, nor the code, nor any length of path is reachable."""
    assert client.refused("GET", path, 404)


def test_a_body_over_the_limit_is_refused(database: Database, settings: Settings) -> None:
    """Beyond the limit a body is a 413 that names it, at every address that takes one; up to it, it is read."""
    client = Client(serve(database, settings.model_copy(update={"max_body_bytes": 1024})))
    make_job(client)

    for method, path in WRITING:
        assert "a request body has at most 1024 bytes" == client.refused(method, path, 413, b"x" * 1025), path

    shortest = len(b'{"name":""}')
    client.put(JOB, b'{"name":"' + b"n" * (1024 - shortest) + b'"}', status=200)
    assert "n" * (1024 - shortest) == job_of(client)["name"]


@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
def test_no_answer_is_ever_a_server_error(lab: Client) -> None:
    """Every method on every address with every bad body and query: an answer in JSON below 500."""
    addresses = {
        *READING,
        *(path for _, path in WRITING),
        "/nope/",
        "/runs/x/y/z/",
        "/runs/branch/a/branch/",
        "/nodes/x/lock",
    }
    methods = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
    bodies = [b"", b"{}", b"[]", b"{", b'{"job_id": [], "name": {}, "queue": 5, "status": 7, "locked": 9}',
              b'{"names": [1], "locked_by": 2}', b'{"tags": {}, "targets": [[]], "paused_until": []}']  # fmt: skip
    queries = ["", "?count=-1&page=x&since=y&fields=z&queue=%00&since_days=q&up=w", "?_method=delete&job_id=1&name=x"]

    for method, path, body, query in product(methods, sorted(addresses), bodies, queries):
        answer = lab.send(method, path + query, body, status="*")
        assert answer.status_int < 500, (method, path, query, body, answer.body)
        assert "application/json" == answer.content_type
        assert "*" == answer.headers["Access-Control-Allow-Origin"]
