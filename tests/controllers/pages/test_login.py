"""People log in with a browser: what it keeps, what that is worth, and what other sites cannot make it do."""

from typing import Any
from urllib.parse import quote

import pytest

from paddles.accounts import users
from paddles.accounts.access import NOBODY
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.settings import Settings
from tests.controllers.kernelci.wire import make_person
from tests.controllers.pages.browser import Browser
from tests.controllers.test_statements import counted

ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/%0d\r\nSet-Cookie: a=b",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    " /x",
    "/x y",
    "/\N{FULLWIDTH SOLIDUS}/evil.example",
    "/login?next=/login",
    "/logout",
    "",
)


@pytest.fixture
def browser(database: Database, settings: Settings) -> Browser:
    """A browser in front of a service that anybody may ask."""
    return Browser(database, settings)


def asking(database: Database, settings: Settings, **said: Any) -> Browser:
    """Return a browser in front of a service with other settings."""
    return Browser(database, settings.model_copy(update=said))


def test_logging_in_and_out(browser: Browser, database: Database, settings: Settings) -> None:
    """Pages say who is there; afterwards nobody is."""
    make_person(database, settings, "kim")
    assert "Log in" in browser.get("/builds").text

    assert "http://localhost/" == browser.login("kim").headers["Location"]
    assert '<span class="user">kim</span>' in browser.get("/builds").text
    browser.post("/logout", status=303)

    assert "" == browser.session()
    assert '<span class="user">' not in browser.get("/builds").text


def test_what_the_browser_keeps(database: Database, settings: Settings) -> None:
    """No script reads it, other sites' requests do not bring it, and it goes over TLS alone where there is that."""
    make_person(database, settings, "kim")
    for address, secure, path in (
        ("http://paddles.example", False, "/"),
        ("https://paddles.example", True, "/"),
        ("https://lab.example/results", True, "/results"),
    ):
        there = asking(database, settings, address=address)
        page = there.get("/login")
        made = page.headers.getall("Set-Cookie")
        kept = {"HTTP_COOKIE": made[0].partition(";")[0]}
        csrf = page.text.partition('name="csrf" value="')[2][:64]
        said = {"username": "kim", "password": "correct horse", "csrf": csrf}
        answer = there.post("/login", said, status=303, **kept)
        assert f"http://localhost{path.rstrip('/')}/" == answer.headers["Location"]
        for cookie in (*made, *answer.headers.getall("Set-Cookie")):
            parts = [part.strip().lower() for part in cookie.split(";")[1:]]
            assert {"httponly", "samesite=lax", f"path={path}"} <= {*parts}
            assert secure == ("secure" in parts)


@pytest.mark.parametrize("username", ["kim", "nobody", "", "<script>alert(1)</script>", "x" * 2000])
def test_a_wrong_password(browser: Browser, database: Database, settings: Settings, username: str) -> None:
    """400 with the form again; whether there is such a user is not said, and nothing that was typed is obeyed."""
    make_person(database, settings, "kim")

    page = browser.post("/login", {"username": username, "password": "wrong"}, status=400)

    assert "The name or the password is wrong." in page.text
    assert "wrong</" not in page.text.replace("is wrong.</p>", "")
    assert "<script>alert" not in page.text
    assert "no-store" == page.headers["Cache-Control"]
    assert "" == browser.session()


def test_who_cannot_log_in(browser: Browser, database: Database, settings: Settings) -> None:
    """Neither whose address is not known to be right, nor who is not active any more."""
    make_person(database, settings, "new", is_verified=False)
    make_person(database, settings, "old", is_active=False)

    for name in ("new", "old"):
        browser.post("/login", {"username": name, "password": "correct horse"}, status=400)
        assert "" == browser.session()


def test_guessing_has_an_end(browser: Browser, database: Database, settings: Settings) -> None:
    """As at the API, whose count it is: 429, and how long to wait, even for who knows the password then."""
    make_person(database, settings, "kim")
    for _ in range(10):
        browser.post("/login", {"username": "kim", "password": "wrong"}, status=400)

    refused = browser.post("/login", {"username": "kim", "password": "correct horse"}, status=429)
    said = {"username": "kim", "password": "correct horse"}
    browser.client.post("/latest/user/login", said, status=429)

    assert int(refused.headers["Retry-After"]) > 0
    assert "text/html" == refused.content_type


def test_a_session_ends_with_the_tokens_of_the_user(database: Database, settings: Settings) -> None:
    """Who logs out everywhere is nobody at each browser, and with each token."""
    person = make_person(database, settings, "kim")
    here, there = (asking(database, settings, results_access="token") for _ in range(2))
    for each in (here, there):
        each.login("kim")
        each.get("/builds", status=200)

    here.post("/logout", {"everywhere": "true"}, status=303)

    there.get("/builds", status=401)
    there.client.send("GET", "/builds", status=401, HTTP_AUTHORIZATION=f"Bearer {person.token}")


def test_logging_out_here_leaves_the_rest(database: Database, settings: Settings) -> None:
    """Programs that have a token of the user go on."""
    person = make_person(database, settings, "kim")
    here = asking(database, settings, results_access="token")
    here.login("kim")

    here.post("/logout", status=303)

    here.get("/builds", status=401)
    here.client.send("GET", "/builds", status=200, HTTP_AUTHORIZATION=f"Bearer {person.token}")


def test_a_session_is_no_token(browser: Browser, database: Database, settings: Settings) -> None:
    """What a browser keeps is worth nothing in a header, and a token nothing in a cookie; so is what is made up."""
    person = make_person(database, settings, "kim")
    browser.login("kim")
    there = asking(database, settings, results_access="token", kernelci_access="token")

    there.client.send("GET", "/builds", status=401, HTTP_AUTHORIZATION=f"Bearer {browser.session()}")
    there.client.send("GET", "/latest/whoami", status=401, HTTP_AUTHORIZATION=f"Bearer {browser.session()}")
    for value in (person.token, browser.session()[:-2], "x", "a.b.c", "x" * 9000):
        there.get("/builds", status=401, HTTP_COOKIE=f"paddles_session={value}")
    there.get("/builds", status=200, HTTP_COOKIE=f"paddles_session={browser.session()}")


def test_the_api_knows_no_cookies(browser: Browser, database: Database, settings: Settings) -> None:
    """So no other site can have a browser do anything there."""
    make_person(database, settings, "kim")
    browser.login("kim")
    there = asking(database, settings, results_access="token")

    kept = {"HTTP_COOKIE": f"paddles_session={browser.session()}"}
    there.client.send("POST", "/runs/", {"name": "r"}, status=401, **kept)
    there.client.send("GET", "/builds", status=401, HTTP_ACCEPT="application/json", **kept)


def test_who_is_not_there_is_sent_to_the_form(database: Database, settings: Settings) -> None:
    """And from there to where he wanted to go."""
    make_person(database, settings, "kim")
    there = asking(database, settings, results_access="token")

    page = there.get("/builds?job=a+b&job=%3Cc%3E", status=401)

    assert 'href="/login?next=%2Fbuilds%3Fjob%3Da%2Bb%26job%3D%253Cc%253E"' in page.text.replace("next=/", "next=%2F")
    to = "/builds?job=a+b&job=%3Cc%3E"
    assert f'value="{to.replace("&", "&amp;")}"' in there.get(f"/login?next={quote(to, safe='')}").text
    answer = there.post("/login", {"username": "kim", "password": "correct horse", "next": to}, status=303)
    assert f"http://localhost{to}" == answer.headers["Location"]


@pytest.mark.parametrize("to", ELSEWHERE)
def test_nobody_is_sent_elsewhere(browser: Browser, database: Database, settings: Settings, to: str) -> None:
    """An address that leads to another site, or round in a circle, leads to the first page."""
    make_person(database, settings, "kim")

    answer = browser.post("/login", {"username": "kim", "password": "correct horse", "next": to}, status=303)

    assert "http://localhost/" == answer.headers["Location"]
    assert "evil" not in browser.get(f"/login?next={quote(to, safe='')}").text.partition("<form class")[2]


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_ORIGIN": "https://evil.example"},
        {"HTTP_ORIGIN": "null"},
        {"HTTP_ORIGIN": "http://localhost.evil.example"},
        {"HTTP_SEC_FETCH_SITE": "cross-site"},
        {"HTTP_SEC_FETCH_SITE": "same-site"},
    ],
)
def test_forms_of_other_sites(browser: Browser, database: Database, settings: Settings, environ: Any) -> None:
    """403, whatever they know."""
    make_person(database, settings, "kim")
    said = {"username": "kim", "password": "correct horse", "csrf": browser.csrf()}

    refused = browser.post("/login", said, status=403, **environ)

    assert "another site" in refused.text
    assert "" == browser.session()


def test_forms_that_nobody_was_shown(browser: Browser, database: Database, settings: Settings) -> None:
    """403 without what the page says, with what another browser was told, or with what was told before logging in."""
    make_person(database, settings, "kim")
    other = Browser(database, settings)
    known = browser.csrf()
    for wrong in ("", "0" * 64, "\u00fc", other.csrf()):
        browser.post("/login", {"username": "kim", "password": "correct horse", "csrf": wrong}, status=403)
    bare = Browser(database, settings)
    bare.post("/logout", {"csrf": known}, status=403)

    browser.login("kim")

    browser.post("/logout", {"csrf": known}, status=403)
    planted = {"HTTP_COOKIE": f"paddles_session={browser.session()}; paddles_csrf={'0' * 32}"}
    browser.post("/logout", {"csrf": known}, status=403, **planted)


@pytest.mark.parametrize("origin", ["http://localhost", "http://paddles.example", ""])
def test_forms_of_ours(browser: Browser, database: Database, settings: Settings, origin: str) -> None:
    """They come from where the service is asked, or is said to be; old browsers do not say from where."""
    make_person(database, settings, "kim")

    browser.login("kim", HTTP_ORIGIN=origin, HTTP_SEC_FETCH_SITE="" if not origin else "same-origin")

    assert browser.session()


def test_what_is_known_of_a_browser_stays(browser: Browser) -> None:
    """Forms in other tabs stay good: what they are known by is told once, and is another for each browser."""
    assert browser.csrf() == browser.csrf()
    assert "Set-Cookie" not in browser.get("/builds").headers


def test_one_statement_tells_who_is_there(browser: Browser, database: Database, settings: Settings) -> None:
    """And none where nobody has logged in."""
    make_person(database, settings, "kim")
    with counted() as without:
        browser.get("/builds")
    browser.login("kim")
    with counted() as known:
        browser.get("/builds")

    assert 1 == len(known) - len(without)


def test_a_user_who_is_gone(browser: Browser, database: Database, settings: Settings) -> None:
    """Is nobody, at once."""
    person = make_person(database, settings, "kim")
    browser.login("kim")

    def remove(session: Session) -> None:
        users.delete(session, users.by_id(session, person.id), NOBODY)  # type: ignore[arg-type]

    transact(database, remove)

    assert '<span class="user">' not in browser.get("/builds").text
