"""What holds for every request: paths as they were sent, methods as HTTP means them, headers, the access log."""

import logging
from io import BytesIO
from typing import Any

import pytest
from webtest import TestApp

from paddles.app import serve
from paddles.db.engine import Database
from paddles.settings import Settings
from paddles.web.application import segments
from tests.client import Client
from tests.factories import RUN, job_of, make_job, make_node, make_run, names_of, node_of, run_of

JOB = f"/runs/{RUN}/jobs/1/"
LABELS = ["application/json", "application/x-www-form-urlencoded", "", "text/plain; charset=utf-16", "nonsense",
          "multipart/form-data; boundary=x", "application/xml"]  # fmt: skip


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"RAW_URI": "/runs/a%2Fb/jobs?x=/y"}, ["runs", "a/b", "jobs"]),
        ({"RAW_URI": "/runs/a%2Fb/", "PATH_INFO": "/runs/a/b/"}, ["runs", "a/b"]),
        ({"REQUEST_URI": "/runs/a%252Fb/"}, ["runs", "a%2Fb"]),
        ({"PATH_INFO": "/runs/a/b/"}, ["runs", "a", "b"]),
        ({"PATH_INFO": "/runs/gr\u00c3\u00b6\u00c3\u009fe/"}, ["runs", "größe"]),
        ({"RAW_URI": "/runs/gr%C3%B6%C3%9Fe/"}, ["runs", "größe"]),
        ({"RAW_URI": "/runs/gr\u00c3\u00b6\u00c3\u009fe/"}, ["runs", "größe"]),
        ({"RAW_URI": "http://paddles.example:80/runs/x/?y"}, ["runs", "x"]),
        ({"RAW_URI": "http://paddles.example"}, []),
        ({"RAW_URI": "//runs///x//"}, ["runs", "x"]),
        ({"RAW_URI": "/runs/a+b%20c/"}, ["runs", "a+b c"]),
        ({"RAW_URI": "/runs/%zz/"}, ["runs", "%zz"]),
        ({"RAW_URI": "/runs/a.json"}, ["runs", "a.json"]),
        ({"RAW_URI": "*"}, ["*"]),
        ({}, []),
    ],
)
def test_a_path_is_split_before_it_is_decoded(environ: dict[str, Any], expected: list[str]) -> None:
    """``%2F`` stays within its segment where the server tells how the path was sent; blank segments are nothing."""
    assert expected == segments(environ)


@pytest.mark.parametrize(
    "path",
    [f"/runs/{RUN}", f"/runs/{RUN}/jobs", f"/runs/{RUN}/jobs/1", f"/runs/{RUN}/1", "/runs", "/nodes", "/nodes/n",
     "/queue", "/runs/branch/main", "/jobs", "/runs/queued"],
)  # fmt: skip
def test_a_slash_at_the_end_makes_no_difference(client: Client, path: str) -> None:
    """GET and HEAD answer the same on both forms, without a redirect, the query kept."""
    make_job(client)
    make_node(client, "n")

    with_slash, without = client.get(f"{path}/?count=1", status=200), client.get(f"{path}?count=1", status=200)

    assert with_slash.body == without.body
    assert with_slash.headers["Content-Length"] == client.head(path, status=200).headers["Content-Length"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_writes_work_on_both_forms(client: Client, slash: str) -> None:
    """POST, PUT and DELETE do their work with a slash and without; no client is sent elsewhere."""
    client.post_json(f"/runs{slash}", {"name": RUN}, status=200)
    client.post_json(f"/runs/{RUN}/jobs{slash}", {"job_id": 1}, status=200)
    client.put_json(f"/runs/{RUN}/jobs/1{slash}", {"status": "pass"}, status=200)
    client.post_json(f"/nodes{slash}", {"name": "n"}, status=200)
    client.put_json(f"/nodes/n{slash}", {"arch": "arm64"}, status=200)

    assert ("pass", "arm64") == (job_of(client)["status"], node_of(client, "n")["arch"])
    for path in (f"/runs/{RUN}/jobs/1{slash}", f"/runs/{RUN}{slash}", f"/nodes/n{slash}"):
        client.delete(path, status=200)
        client.get(path, status=404)


@pytest.mark.parametrize("label", LABELS)
def test_a_body_is_json_whatever_its_label_says(client: Client, label: str) -> None:
    """JSON, a form, no type at all or a wrong one: the body is read as JSON in UTF-8."""
    client.send(
        "POST", f"/runs/{RUN}/jobs/", '{"job_id": 1, "owner": "ä&b=c"}'.encode(), CONTENT_TYPE=label, status=200
    )

    assert "ä&b=c" == job_of(client)["owner"]


def test_a_chunked_body_is_read(client: Client) -> None:
    """A body without a length is read to its end where the server unpacks chunks."""
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}

    client.send("POST", "/runs/", **chunked, **{"wsgi.input": BytesIO(b'{"name": "x"}')}, status=200)

    assert ["x"] == names_of(client.get("/runs/").json)


def test_no_key_or_parameter_fills_in_for_a_path(client: Client) -> None:
    """An id in a body or a query does not turn a collection into one of its items."""
    make_job(client, job_id=7)

    client.put_json(f"/runs/{RUN}/jobs/", {"job_id": 7, "status": "pass"}, status=405)
    client.delete(f"/runs/{RUN}/jobs/?job_id=7", status=405)
    client.delete(f"/runs/?name={RUN}", status=405)
    client.put_json("/jobs/", {"job_id": 7}, status=405)

    assert "queued" == job_of(client, job_id=7)["status"]
    assert 1 == len(client.get(f"/runs/{RUN}/jobs/?job_id=8&run_name=x").json)


@pytest.mark.parametrize("path", [JOB, f"/runs/{RUN}/"])
def test_a_method_is_the_method(client: Client, path: str) -> None:
    """Neither ``_method`` in a query or a form, nor a header, turns one method into another."""
    make_job(client)

    client.send("POST", f"{path}?_method=delete", b"_method=delete", status=405)
    client.get(f"{path}?_method=delete", headers={"X-HTTP-Method-Override": "DELETE"}, status=200)

    assert 1 == run_of(client)["jobs_count"]


@pytest.mark.parametrize(
    "name", ["__class__", "__dict__", "get_all", "post", "face", "a.json", "a.txt", "jobs", "from"]
)
def test_names_that_mean_something_to_python_or_pecan_are_names(client: Client, name: str) -> None:
    """A run or machine called like an attribute, a file or a word further down is reached by its name, or missing."""
    client.get(f"/runs/{name}/", status=404)
    make_run(client, name)
    make_node(client, name)

    assert (name, name) == (client.get(f"/runs/{name}").json["name"], client.get(f"/nodes/{name}/").json["name"])


def test_slashes_within_names_are_escaped(client: Client) -> None:
    """Runs, jobs and machines whose names hold ``/`` are read, changed and deleted as ``%2F``."""
    make_job(client, "a/b", job_id="c/d", targets={"u@e/f": "k"})

    client.put_json("/runs/a%2Fb/jobs/c%2Fd/", {"status": "pass"}, status=200)

    assert "finished pass" == client.get("/runs/a%2Fb/").json["status"]
    assert ["c/d"] == names_of(client.get("/nodes/e%2Ff/jobs").json, "job_id")
    assert "http://paddles.example/runs/a%2Fb/" == client.get("/runs/a%2fb").json["href"]
    client.delete("/nodes/e%2Ff/", status=200)
    client.delete("/runs/a%2Fb/jobs/c%2Fd/", status=200)


def test_letters_need_no_escape(client: Client) -> None:
    """Bytes that a client did not escape mean what they would mean escaped, in the path as in the query."""
    make_job(client, "größe", branch="尺寸")

    name, branch = ("größe".encode().decode("latin-1"), "尺寸".encode().decode("latin-1"))

    assert "größe" == client.send("GET", "/", RAW_URI=f"/runs/{name}/").json["name"]
    assert ["größe"] == names_of(client.send("GET", "/", RAW_URI=f"/runs/branch/{branch}/").json)
    assert ["größe"] == names_of(client.send("GET", "/runs/", QUERY_STRING=f"branch={branch}").json)


def test_a_server_that_decodes_first_is_served_too(client: Client) -> None:
    """Without the path as it was sent, the decoded one counts, and a slash separates."""
    make_run(client, "a b")
    make_run(client, "a/b")
    plain = TestApp(client.app)

    assert "a b" == plain.get("/runs/a%20b/").json["name"]
    plain.get("/runs/a%2Fb/", status=404)


def test_head_does_not_consume(client: Client) -> None:
    """A HEAD on the address that hands out jobs is refused and hands out nothing."""
    make_job(client, queue="q")

    client.head("/queue/pop_queue?queue=q", status=405)

    assert "1" == client.get("/queue/pop_queue?queue=q").json["job_id"]


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/", "GET, HEAD, OPTIONS"),
        ("/runs", "GET, POST, HEAD, OPTIONS"),
        (f"/runs/{RUN}/", "GET, PUT, DELETE, HEAD, OPTIONS"),
        (f"/runs/{RUN}/jobs/", "GET, POST, HEAD, OPTIONS"),
        (JOB, "GET, PUT, DELETE, HEAD, OPTIONS"),
        ("/runs/branch/main/user/", "GET, HEAD, OPTIONS"),
        ("/nodes/n/lock", "PUT, POST, OPTIONS"),
        ("/queue/", "GET, PUT, POST, HEAD, OPTIONS"),
        ("/queue/pop_queue", "GET, OPTIONS"),
    ],
)
def test_a_browser_may_ask_what_it_may_do(client: Client, path: str, methods: str) -> None:
    """OPTIONS tells the methods of that address, to a preflight too, without doing any of them."""
    answer = client.options(path, headers={"Origin": "https://ui.example", "Access-Control-Request-Method": "GET"})

    assert methods == answer.headers["Allow"] == answer.headers["Access-Control-Allow-Methods"]
    assert "content-type" in answer.headers["Access-Control-Allow-Headers"]
    assert "*" == answer.headers["Access-Control-Allow-Origin"]


def test_options_of_nothing_is_not_found(client: Client) -> None:
    """An address that does not exist has no methods."""
    assert "resource was not found" == client.refused("OPTIONS", "/nope/", 404)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/runs/", 200), ("HEAD", "/runs/", 200), ("GET", "/x", 404), ("POST", "/runs/", 400),
     ("PATCH", "/runs/", 405), ("GET", "/errors/unavailable/", 503)],
)  # fmt: skip
def test_every_answer_may_be_read_from_another_origin(client: Client, method: str, path: str, status: int) -> None:
    """Answers and refusals alike carry the header that a page of another origin needs, once, and a request id."""
    answer = client.send(method, path, status=status)

    assert ["*"] == answer.headers.getall("Access-Control-Allow-Origin")
    assert 1 == len(answer.headers.getall("X-Request-Id"))
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-123._X", True), ("a" * 64, True), ("a" * 65, False), ("a b", False), ("a\tb", False), ("<b>", False),
     ("", False), ("abc\n", False)],
)  # fmt: skip
def test_a_request_may_bring_its_id(client: Client, given: str, kept: bool) -> None:
    """An id of plain letters is returned; any other is replaced by one of our own."""
    answer = client.send("GET", "/healthz", HTTP_X_REQUEST_ID=given)

    assert kept == (answer.headers["X-Request-Id"] == given)
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("path", "logged"),
    [("/runs/?token=secret", "/runs/"), ("/runs/a:b%0Ac%22/", "/runs/a:b%0Ac%22/"), ("/%C3%BC", "/%C3%BC"),
     ("/%ff", "/%FF")],
)  # fmt: skip
def test_a_request_is_one_line_in_the_access_log(
    database: Database, settings: Settings, caplog: pytest.LogCaptureFixture, path: str, logged: str
) -> None:
    """Method, path, status, time and id; neither the query nor the body, and no path begins a line of its own."""
    client = Client(serve(database, settings.model_copy(update={"access_log": True})))

    with caplog.at_level(logging.INFO, logger="paddles.access"):
        answer = client.send("PUT", path, {"name": "hidden"}, HTTP_X_REQUEST_ID="id-1", status="*")

    [line] = [record.getMessage() for record in caplog.records if record.name == "paddles.access"]
    assert line.startswith(f"PUT {logged} {answer.status_int} ")
    assert line.endswith(" ms id-1")
    assert "hidden" not in line
    assert 6 == len(line.split(" "))
