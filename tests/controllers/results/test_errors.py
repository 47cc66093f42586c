"""How refusals are told: ``/errors/``, and what holds for every refusal of the results face."""

import pytest

from tests.client import Client
from tests.factories import make_run

KINDS = [
    ("invalid", 400, "invalid request"),
    ("forbidden", 403, "forbidden"),
    ("not_found", 404, "resource was not found"),
    ("unavailable", 503, "service unavailable"),
]


@pytest.mark.parametrize(("kind", "status", "message"), KINDS)
def test_every_kind_of_refusal_has_an_address(client: Client, kind: str, status: int, message: str) -> None:
    """Anyone may ask for a refusal; ``error_message`` replaces its text, whole; slash or none."""
    assert message == client.refused("GET", f"/errors/{kind}/", status)
    assert message == client.refused("GET", f"/errors/{kind}", status)
    assert "a&b;c+d%e ü" == client.refused("GET", f"/errors/{kind}/?error_message=a%26b%3Bc%2Bd%25e+%C3%BC", status)


def test_there_are_no_other_kinds(client: Client) -> None:
    """Neither an index of the kinds nor one that does not exist."""
    assert "resource was not found" == client.refused("GET", "/errors/", 404)
    assert "resource was not found" == client.refused("GET", "/errors/teapot/", 404)


@pytest.mark.parametrize(
    "path", ["/nope/", "/runs/x/", "/runs/x/jobs/", "/runs/x/jobs/1/", "/runs/x/jobs/1/2/", "/nodes/x/", "/nodes/x/y/",
             "/nodes/x/jobs/", "/nodes/x/job_stats/", "/queue/x/", "/jobs/1/", "/runs/branch/a/nope/"]
)  # fmt: skip
def test_whatever_is_missing_is_told_in_json(client: Client, path: str) -> None:
    """A 404 has a message in JSON at every address, for every Accept header but those that would rather have a page."""
    for accept in ("", "*/*", "text/plain", "application/json,text/html;q=0.9"):
        assert client.refused("GET", path, 404, HTTP_ACCEPT=accept)


@pytest.mark.parametrize("accept", ["", "*/*", "text/plain", "image/png", "application/json", "nonsense",
                                    "application/json,text/html;q=0.9"])  # fmt: skip
def test_answers_are_json_whatever_is_accepted(client: Client, accept: str) -> None:
    """No Accept header makes an answer a 406, or changes its form, but that of a page where a page is preferred."""
    make_run(client)

    answer = client.send("GET", "/runs/", HTTP_ACCEPT=accept, status=200)

    assert "application/json" == answer.content_type
    assert 1 == len(answer.json)


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PATCH", "/runs/", "GET, POST, HEAD, OPTIONS"),
        ("DELETE", "/runs/", "GET, POST, HEAD, OPTIONS"),
        ("POST", "/runs/x/", "GET, PUT, DELETE, HEAD, OPTIONS"),
        ("POST", "/runs/x/jobs/1/", "GET, PUT, DELETE, HEAD, OPTIONS"),
        ("PUT", "/runs/x/jobs/", "GET, POST, HEAD, OPTIONS"),
        ("DELETE", "/nodes/", "GET, POST, HEAD, OPTIONS"),
        ("POST", "/nodes/x/", "GET, PUT, DELETE, HEAD, OPTIONS"),
        ("GET", "/nodes/x/lock/", "PUT, POST, OPTIONS"),
        ("GET", "/nodes/lock_many/", "POST, OPTIONS"),
        ("DELETE", "/queue/", "GET, PUT, POST, HEAD, OPTIONS"),
        ("POST", "/queue/pop_queue", "GET, OPTIONS"),
        ("HEAD", "/queue/pop_queue", "GET, OPTIONS"),
        ("POST", "/errors/invalid/", "GET, HEAD, OPTIONS"),
        ("PROPFIND", "/runs/x/", "GET, PUT, DELETE, HEAD, OPTIONS"),
        ("BREW", "/nodes/", "GET, POST, HEAD, OPTIONS"),
    ],
)
@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
def test_a_method_that_is_not_known_is_not_allowed(client: Client, method: str, path: str, allow: str) -> None:
    """405 says which methods are, with a slash at the end and without; nothing falls through to a read."""
    for form in (path, path.rstrip("/")):
        answer = client.send(method, form, b"{}", status=405)

        assert allow == answer.headers["Allow"]


def test_a_refusal_of_a_method_names_it(client: Client) -> None:
    """The message says what is possible and what was tried."""
    message = client.refused("PATCH", "/runs/", 405)

    assert "this URI only supports GET and POST requests but PATCH was attempted" == message
