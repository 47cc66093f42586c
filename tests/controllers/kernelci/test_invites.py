"""Invitations: made by superusers, accepted once."""

from typing import Any

import pytest

from paddles.app import serve
from paddles.db.engine import Database
from paddles.settings import Settings
from paddles.web import origins
from tests.client import Client
from tests.controllers.kernelci.mailbox import Mailbox
from tests.controllers.kernelci.wire import Api, Person

INVITE, ACCEPT = "/latest/user/invite", "/latest/user/accept-invite"
EVE = {"username": "eve", "email": "eve@example.org"}


def test_who_is_invited_chooses_a_password(api: Api, admin: Person, mailbox: Mailbox) -> None:
    """By the token in a mail, once; then the user is verified, welcomed, and can log in."""
    made = api.post(INVITE, EVE, token=admin.token).json
    assert (True, None, None) == (made["email_sent"], made["token"], made["invite_url"])
    assert ("eve", False) == (made["user"]["username"], made["user"]["is_verified"])
    assert f"{made['public_base_url']}/latest/user/accept-invite" == made["accept_invite_url"]

    token = mailbox.token()
    user = api.post(ACCEPT, {"token": token, "password": "mine"}).json

    assert user["is_verified"]
    api.get("/latest/whoami", token=api.login("eve", "mine"))
    assert ["Welcome"] == [subject for _, subject, _ in mailbox.read()]
    again = api.post(ACCEPT, {"token": token, "password": "other"}, status=400)
    assert "Invite already accepted" == again.json["detail"]


def test_the_token_is_given_to_who_asks_for_it(api: Api, admin: Person, mailbox: Mailbox) -> None:
    """In the answer, with the address to give on, and without a mail if so wanted."""
    wish = {**EVE, "send_email": False, "return_token": True, "is_superuser": "1"}
    made = api.post(INVITE, wish, token=admin.token).json

    assert made["invite_url"] == f"{made['accept_invite_url']}?token={made['token']}"
    assert (False, True) == (made["email_sent"], made["user"]["is_superuser"])
    assert [] == mailbox.read()
    api.post(ACCEPT, {"token": made["token"], "password": "mine"})


@pytest.mark.parametrize(("said", "detail"), [
    ({}, "User already exists"), ({"email": "other@example.org"}, "User already exists"),
    ({"resend_if_exists": True, "username": "other"}, "Existing user has a different username"),
    ({"resend_if_exists": True, "email": "other@example.org"}, "Existing user has a different email"),
    ({"resend_if_exists": True, "username": "ann", "email": "ann@example.org"}, "User already verified"),
    ({"groups": ["none"]}, "User group does not exist with name: none"),
])  # fmt: skip
def test_who_is_there_is_not_invited_again(api: Api, admin: Person, ann: Person, said: Any, detail: str) -> None:
    """Unless it is the same who has not accepted yet, and it is asked for."""
    api.post(INVITE, EVE, token=admin.token)

    assert detail == api.post(INVITE, {**EVE, **said}, token=admin.token, status=400).json["detail"]
    assert api.post(INVITE, {**EVE, "resend_if_exists": 1}, token=admin.token).json["email_sent"]


def test_only_superusers_invite(api: Api, ann: Person) -> None:
    """401 and 403 before the body is looked at."""
    for method, path in (("POST", INVITE), ("GET", f"{INVITE}/url")):
        api.send(method, path, status=401)
        api.send(method, path, token=ann.token, status=403)


def test_who_is_made_inactive_does_not_accept(api: Api, admin: Person) -> None:
    """400 says why."""
    made = api.post(INVITE, {**EVE, "return_token": True}, token=admin.token).json
    api.patch(f"/latest/user/{made['user']['id']}", {"is_active": False}, token=admin.token)

    refused = api.post(ACCEPT, {"token": made["token"], "password": "mine"}, status=400)
    assert "User is inactive" == refused.json["detail"]


def test_where_invitations_lead_is_a_setting(database: Database, settings: Settings, admin: Person) -> None:
    """Else the address that the request came to."""
    told = settings.model_copy(update={"public_base_url": "https://api.example/"})
    where = Api(Client(serve(database, told))).get(f"{INVITE}/url", token=admin.token).json

    assert {
        "public_base_url": "https://api.example",
        "accept_invite_url": "https://api.example/latest/user/accept-invite",
    } == where


PLAIN = {"HTTP_HOST": "here:80", "wsgi.url_scheme": "http", "SERVER_NAME": "s", "SERVER_PORT": "1"}
NEAR, FAR = {"REMOTE_ADDR": "10.1.2.3"}, {"REMOTE_ADDR": "8.8.8.8"}
NAMED = {"HTTP_X_FORWARDED_HOST": "api.example, b", "HTTP_X_FORWARDED_PROTO": "https"}


@pytest.mark.parametrize(("headers", "base"), [
    ({**PLAIN, **NEAR}, "http://here:80"), ({**PLAIN, **NEAR, **NAMED}, "https://api.example"),
    ({**PLAIN, **FAR, **NAMED}, "http://here:80"),
    ({**PLAIN, **NEAR, "HTTP_FORWARDED": 'for=1;host="a.example:8443";proto=https, for=2'}, "https://a.example:8443"),
    ({**PLAIN, **NEAR, "HTTP_HOST": "x/<script>"}, "http://s:1"),
    ({**PLAIN, **NEAR, "HTTP_X_FORWARDED_PROTO": "javascript"}, "http://here:80"),
    ({**PLAIN, **NEAR, "HTTP_HOST": "[::1]:8080"}, "http://[::1]:8080"),
])  # fmt: skip
def test_the_address_of_a_request(headers: dict[str, Any], base: str) -> None:
    """A proxy is believed when it is near; what is no host is not repeated."""
    assert base == origins.base("", headers)
