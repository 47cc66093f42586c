"""Addresses verified and passwords set anew by tokens in mails."""

import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.settings import Settings
from tests.controllers.kernelci.mailbox import Mailbox
from tests.controllers.kernelci.wire import PASSWORD, Api, Person, make_person

ASK = {"verify": "/latest/user/request-verify-token", "reset": "/latest/user/forgot-password"}
RESET = "/latest/user/reset-password"
NEW = "a new one"


@pytest.fixture
def eve(database: Database, settings: Settings) -> Person:
    """A user whose address nobody has verified."""
    return make_person(database, settings, "eve", is_verified=False)


def test_a_user_verifies_an_address(api: Api, eve: Person, mailbox: Mailbox) -> None:
    """By the token in a mail; then the user can log in, is told so by mail, and the token is of no more use."""
    form = {"username": "eve", "password": PASSWORD}
    refused = api.post_form("/latest/user/login", form, status=400)
    assert "LOGIN_USER_NOT_VERIFIED" == refused.json["detail"]
    assert {"detail": "Forbidden"} == api.get("/latest/whoami", token=eve.token, status=403).json

    assert api.post(ASK["verify"], {"email": "EVE@example.org"}, status=202).json is None
    token = mailbox.token()
    user = api.post("/latest/user/verify", {"token": token}).json

    assert (True, "eve@example.org") == (user["is_verified"], user["email"])
    api.get("/latest/whoami", token=api.login("eve"))
    assert ["Your e-mail address is verified"] == [subject for _, subject, _ in mailbox.read()]
    again = api.post("/latest/user/verify", {"token": token}, status=400)
    assert "VERIFY_USER_ALREADY_VERIFIED" == again.json["detail"]


def test_a_token_is_for_the_address_that_it_went_to(api: Api, eve: Person, mailbox: Mailbox) -> None:
    """An address changed meanwhile is not verified by it."""
    api.post(ASK["verify"], {"email": "eve@example.org"})
    token = mailbox.token()
    api.patch("/latest/user/me", {"email": "other@example.org"}, token=eve.token)

    refused = api.post("/latest/user/verify", {"token": token}, status=400)

    assert "VERIFY_USER_BAD_TOKEN" == refused.json["detail"]


@pytest.mark.parametrize("kind", ASK)
def test_nobody_learns_who_is_there(api: Api, ann: Person, database: Database, mailbox: Mailbox, kind: str) -> None:
    """An address is answered alike, and costs alike, whether it is a user's or not; mail goes to users alone."""
    answers = [api.post(ASK[kind], {"email": email}, status=202) for email in ("no@example.org", "ann@example.org")]

    assert answers[0].body == answers[1].body
    with Session(database.reader) as session:
        assert 2 == session.scalar(text("SELECT count(*) FROM mails"))
    assert ([] if kind == "verify" else ["ann@example.org"]) == [to for to, _, _ in mailbox.read()]
    with Session(database.reader) as session:
        assert 0 == session.scalar(text("SELECT count(*) FROM mails"))


def test_a_password_is_set_anew_once(api: Api, ann: Person, mailbox: Mailbox) -> None:
    """By the token in a mail; tokens from before are void, the old password too, and the user is told."""
    api.post(ASK["reset"], {"email": "ann@example.org"}, status=202)
    token = mailbox.token()

    assert api.post(RESET, {"token": token, "password": NEW}).json is None

    api.get("/latest/whoami", token=ann.token, status=401)
    api.get("/latest/whoami", token=api.login("ann", NEW))
    api.post_form("/latest/user/login", {"username": "ann", "password": PASSWORD}, status=400)
    assert ["Your password has changed"] == [subject for _, subject, _ in mailbox.read()]
    again = api.post(RESET, {"token": token, "password": "third"}, status=400)
    assert "RESET_PASSWORD_BAD_TOKEN" == again.json["detail"]


@pytest.mark.parametrize(("path", "detail"), [
    ("/latest/user/verify", "VERIFY_USER_BAD_TOKEN"), (RESET, "RESET_PASSWORD_BAD_TOKEN"),
    ("/latest/user/accept-invite", "Invalid or expired invite token"),
])  # fmt: skip
def test_a_token_of_another_kind_is_none(api: Api, ann: Person, mailbox: Mailbox, path: str, detail: str) -> None:
    """Not even one that speaks for a user, nor the other way round."""
    api.post(ASK["reset"], {"email": "ann@example.org"})
    reset = mailbox.token()

    for token in ("", "x", ann.token, *([] if path == RESET else [reset])):
        refused = api.post(path, {"token": token, "password": NEW}, status=400)
        assert detail == refused.json["detail"]
    api.get("/latest/whoami", token=reset, status=401)


@pytest.mark.parametrize("path", [*ASK.values(), "/latest/user/verify", RESET, "/latest/user/accept-invite"])
def test_what_is_missing_is_told(api: Api, path: str) -> None:
    """422."""
    assert "missing" == api.post(path, {}, status=422).json["detail"][0]["type"]


def test_who_is_inactive_gets_no_mail(api: Api, admin: Person, ann: Person, mailbox: Mailbox) -> None:
    """And a token from before sets no password."""
    api.post(ASK["reset"], {"email": "ann@example.org"})
    token = mailbox.token()
    api.patch(f"/latest/user/{ann.id}", {"is_active": False}, token=admin.token)

    api.post(ASK["reset"], {"email": "ann@example.org"}, status=202)

    assert [] == mailbox.read()
    api.post(RESET, {"token": token, "password": NEW}, status=400)


def test_mail_cannot_be_asked_for_without_end(api: Api, ann: Person) -> None:
    """429 says when again, for an address that is a user's as for one that is not."""
    for email in ("ann@example.org", "no@example.org"):
        for _ in range(5):
            api.post(ASK["reset"], {"email": email}, status=202)
        refused = api.post(ASK["reset"], {"email": email.upper()}, status=429)
        assert 0 < int(refused.headers["Retry-After"]) <= 601
    api.post(ASK["reset"], {"email": "another@example.org"}, status=202)


def test_tokens_cannot_be_guessed_without_end(api: Api) -> None:
    """From one place; from another the count is another."""
    for _ in range(100):
        api.post(RESET, {"token": "x", "password": NEW}, status=400)

    api.post(RESET, {"token": "x", "password": NEW}, status=429)
    api.post(RESET, {"token": "x", "password": NEW}, status=400, REMOTE_ADDR="8.8.8.8")
    # A proxy near us names its client last; a client from elsewhere can name whom it likes.
    api.post(
        RESET, {"token": "x", "password": NEW}, status=400, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="x, 1.1.1.1"
    )
