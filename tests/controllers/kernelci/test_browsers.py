"""What browsers are shown: forms that are filled in and sent as they are, without a script anywhere."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from webtest import TestResponse

from paddles.app import serve
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.client import Client
from tests.controllers.kernelci.mailbox import Mailbox
from tests.controllers.kernelci.wire import FORM, Api, Person

ROOT, INVITE, ACCEPT = "/latest/", "/latest/user/invite", "/latest/user/accept-invite"
# What Firefox sends.
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}"


def show(api: Api, path: str, **how: Any) -> TestResponse:
    """Ask for a page as a browser does."""
    return api.get(path, HTTP_ACCEPT=BROWSER, **how)


def fill_in(
    api: Api, form: TestResponse, *, status: int = 200, ticked: tuple[str, ...] = (), **said: str
) -> TestResponse:
    """Send the form of a page as a browser does: hidden fields, boxes that are ticked, and what is typed."""
    action = re.search(r'<form method="post" action="([^"]+)"', form.text)
    assert action
    fields = []
    for field in re.findall(r"<input ([^>]+)>", form.text):
        about = {name: unescape(value) for name, value in re.findall(r'(\w+)="([^"]*)"', field)}
        chosen = about["name"] in ticked if about.get("type") == "checkbox" else True
        if chosen:
            fields.append((about["name"], said.get(about["name"], about.get("value", ""))))
    return api.send(
        "POST", action[1], urlencode(fields).encode(), status=status, CONTENT_TYPE=FORM, HTTP_ACCEPT=BROWSER
    )


@pytest.mark.parametrize("path", [ROOT, INVITE, ACCEPT, f"{ACCEPT}?token=x", "/v0/", "/user/invite", "/latest"])
def test_a_page_runs_and_loads_nothing(api: Api, path: str) -> None:
    """No script, no picture, one style, from nowhere but here; nobody keeps it or frames it."""
    page = show(api, path)

    assert ("text/html", "utf-8") == (page.content_type, page.charset)
    assert not re.search(r"<script|<img|<style|<iframe|javascript:|\son\w+=|\sstyle=", page.text)
    [style] = re.findall(r"<link[^>]*>", page.text)
    assert "text/css" == api.get(re.search(r'href="([^"]*)"', style)[1]).content_type  # type: ignore[index]
    policy = page.headers["Content-Security-Policy"]
    assert {"default-src 'self'", "object-src 'none'", "form-action 'self'", "frame-ancestors 'none'"} < set(
        policy.split("; ")
    )
    assert ("no-store", "same-origin", "nosniff") == tuple(
        page.headers[name] for name in ("Cache-Control", "Referrer-Policy", "X-Content-Type-Options")
    )


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "application/json, text/html;q=0.9", "nonsense;;q"])
def test_clients_are_answered_as_ever(api: Api, accept: str) -> None:
    """In JSON, unless a page is what they would rather have."""
    answer = api.get(ROOT, HTTP_ACCEPT=accept)

    assert {"message": "KernelCI API"} == answer.json
    assert "Accept" == answer.headers["Vary"] == show(api, ROOT).headers["Vary"]


def test_the_first_page_leads_on(api: Api) -> None:
    """Every link of it leads to something."""
    links = re.findall(r'href="([^"]+)"', show(api, ROOT).text)

    assert {"/docs/", "/openapi.json", "/latest/count", "/latest/events?limit=100"} < set(links)
    for link in links:
        api.get(unescape(link))


def test_pages_know_where_the_service_stands(database: Database, settings: Settings) -> None:
    """Below a path of its public address."""
    below = Api(Client(serve(database, settings.model_copy(update={"address": "https://lab.example/paddles/"}))))

    assert 'href="/paddles/docs/"' in show(below, ROOT).text
    assert 'action="/paddles/latest/user/invite"' in show(below, INVITE).text


def test_who_is_invited_by_a_form_accepts_by_a_form(api: Api, admin: Person, mailbox: Mailbox) -> None:
    """Without one line of JSON; a mail is sent since the box was left as it was."""
    api.post("/latest/group", {"name": "a"}, token=admin.token)
    api.post("/latest/group", {"name": "b c"}, token=admin.token)
    form = show(api, INVITE)
    assert 'name="send_email" type="checkbox" value="1" checked' in form.text

    told = fill_in(
        api,
        form,
        access_token=admin.token,
        username="eve",
        email="eve@example.org",
        groups=" a, b c,",
        ticked=("send_email",),
    )

    assert "eve is invited" in told.text
    assert "A mail to eve@example.org is on its way" in told.text
    assert admin.token not in told.text
    page = show(api, f"{ACCEPT}?{urlencode({'token': mailbox.token()})}")
    welcome = fill_in(api, page, password="a & b=c")
    assert "Welcome, eve" in welcome.text
    eve = api.get("/latest/user/me", token=api.login("eve", "a & b=c")).json
    assert ({"a", "b c"}, False) == ({group["name"] for group in eve["groups"]}, eve["is_superuser"])
    again = fill_in(api, page, password="other", status=400)
    assert "Invite already accepted" in again.text


def test_an_invitation_is_shown_to_who_wants_to_give_it_on(api: Api, admin: Person, mailbox: Mailbox) -> None:
    """Boxes say what they say in JSON; no mail is sent unless its box is ticked."""
    told = fill_in(
        api, show(api, INVITE), access_token=admin.token, username="eve", email="eve@example.org",
        ticked=("return_token", "is_superuser"),
    )  # fmt: skip

    assert "No mail is sent" in told.text
    assert [] == mailbox.read()
    shown = re.search(r"<code>([^<]+)</code>", told.text)
    assert shown
    token = dict(parse_qsl(urlsplit(unescape(shown[1])).query))["token"]
    fill_in(api, show(api, ACCEPT), token=token, password="mine")
    assert api.get("/latest/whoami", token=api.login("eve", "mine")).json["is_superuser"]


@pytest.mark.parametrize(("token", "status"), [("", 401), ("x", 401), ("ann", 403)])
def test_a_form_invites_for_superusers_alone(api: Api, ann: Person, token: str, status: int) -> None:
    """Whose token is in it or in the header; what is wrong is said on the page, with the status of the API."""
    said = {"username": "eve", "email": "eve@example.org", "access_token": ann.token if token == "ann" else token}

    told = fill_in(api, show(api, INVITE), status=status, **said)

    assert ("Forbidden" if status == 403 else "Unauthorized") in told.text
    assert "<form" in told.text


@pytest.mark.parametrize(("said", "status", "part"), [
    ({"email": HOSTILE}, 422, "email: "), ({"username": HOSTILE}, 200, "&lt;script&gt;"),
    ({"groups": HOSTILE}, 400, "User group does not exist with name: &lt;script&gt;"),
])  # fmt: skip
def test_hostile_input_is_text(api: Api, admin: Person, said: dict[str, str], status: int, part: str) -> None:
    """Whatever is typed comes back escaped, or not at all."""
    fields = {"access_token": admin.token, "username": "eve", "email": "eve@example.org", **said}

    told = fill_in(api, show(api, INVITE), status=status, **fields)

    assert part in told.text
    assert "<script" not in told.text
    assert "49" not in re.sub(r"sha256-\S+", "", told.text).replace(admin.token, "")


def test_a_token_of_the_address_is_escaped(api: Api) -> None:
    """In the form that it fills in."""
    page = show(api, f"{ACCEPT}?{urlencode({'token': HOSTILE})}")

    assert "<script" not in page.text
    value = re.search(r'name="token" type="hidden" value="([^"]*)"', page.text)
    assert value
    assert unescape(value[1]) == HOSTILE
    show(api, f"{ACCEPT}?token=%00", status=422)


def test_json_called_a_form_is_json(api: Api, admin: Person, mailbox: Mailbox) -> None:
    """As curl calls whatever it sends."""
    made = api.post(INVITE, {"username": "eve", "email": "eve@example.org", "return_token": True}, token=admin.token,
                    CONTENT_TYPE=FORM).json  # fmt: skip

    api.post(ACCEPT, {"token": made["token"], "password": "mine"}, CONTENT_TYPE=FORM)
    api.login("eve", "mine")


@pytest.mark.parametrize("body", [b"%ff", b"a=%00", b"&" * 300 + b"a=b" * 300])
def test_a_form_that_cannot_be_read_is_refused(api: Api, admin: Person, body: bytes) -> None:
    """After who asks is known."""
    api.send("POST", INVITE, body, CONTENT_TYPE=FORM, status=401)
    api.send("POST", INVITE, body, CONTENT_TYPE=FORM, token=admin.token, status=422)
    api.send("POST", ACCEPT, body, CONTENT_TYPE=FORM, status=422)


def test_elsewhere_a_form_speaks_for_nobody(api: Api, admin: Person) -> None:
    """A token in a body counts at the two forms alone."""
    form = urlencode({"access_token": admin.token, "name": "lab"}).encode()

    api.send("POST", "/latest/group", form, CONTENT_TYPE=FORM, status=401)
