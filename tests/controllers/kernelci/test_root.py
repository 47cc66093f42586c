"""Where the API stands, how it refuses, and its greeting."""

import pytest

from tests.client import Client
from tests.controllers.kernelci.wire import PASSWORD, Api, Person


@pytest.mark.parametrize("version", ["/latest", "/v0"])
def test_the_api_has_two_names(api: Api, version: str) -> None:
    """Both greet, with and without slashes, as ``kci api hello`` reads it."""
    for slashes in ("", "/", "//"):
        assert {"message": "KernelCI API"} == api.get(version + slashes).json


@pytest.mark.parametrize("path", ["/v9", "/v1.2/nodes", "/v00/whoami", "/v...", "/v9/"])
def test_other_versions_are_refused(client: Client, path: str) -> None:
    """In text, which says which."""
    answer = client.get(path, status=400)

    assert "text/plain" == answer.content_type
    assert f"Unsupported API version: {path.split('/')[1]}" == answer.text


@pytest.mark.parametrize("path", ["/vx", "/v", "/latest9", "/versions"])
def test_what_is_no_version_is_no_address(client: Client, path: str) -> None:
    """Only digits and dots make a version."""
    client.get(path, status=404)


def test_addresses_that_are_not_there(api: Api) -> None:
    """404 and 405 say so in KernelCI's words; 405 names the methods."""
    assert {"detail": "Not Found"} == api.get("/latest/nothing", status=404).json
    assert {"detail": "Not Found"} == api.get("/v0/user/nobody/knows/this", status=404).json
    answer = api.delete("/latest/whoami", status=405)
    assert {"detail": "Method Not Allowed"} == answer.json
    assert "GET, HEAD, OPTIONS" == answer.headers["Allow"]


def test_a_body_of_a_wrong_shape_is_told_part_by_part(api: Api) -> None:
    """422 names each field that is missing, and gives nothing back of what was sent."""
    answer = api.post("/latest/user/login", {"username": "ann", "password": PASSWORD}, status=422)

    assert [
        {"type": "missing", "loc": ["body", "username"], "msg": "Field required", "input": None},
        {"type": "missing", "loc": ["body", "password"], "msg": "Field required", "input": None},
    ] == answer.json["detail"]


@pytest.mark.parametrize("prefix", ["/latest", "/v0", ""])
def test_a_token_speaks_for_its_user(api: Api, ann: Person, prefix: str) -> None:
    """Logging in gives a token that any of the addresses knows."""
    token = api.login("ann")

    shown = api.get(f"{prefix}/whoami", token=token).json

    assert {
        "id": ann.id,
        "email": "ann@example.org",
        "is_active": True,
        "is_superuser": False,
        "is_verified": True,
        "username": "ann",
        "groups": [],
    } == shown


@pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "Token {}", "{}", "Bearer   {} "])
def test_a_token_may_be_sent_in_any_way(client: Client, ann: Person, header: str) -> None:
    """Clients write the header in several ways."""
    shown = client.send("GET", "/latest/whoami", HTTP_AUTHORIZATION=header.format(ann.token)).json

    assert "ann" == shown["username"]


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Basic x", "Basic eDp5", "Digest x", "Bearer a.b.c", "ä" * 9000]
)
def test_anything_else_speaks_for_nobody(client: Client, header: str) -> None:
    """401, whatever it is."""
    answer = client.send("GET", "/latest/whoami", status=401, HTTP_AUTHORIZATION=header)

    assert {"detail": "Unauthorized"} == answer.json
