"""``/latest/whoami``, users and groups as pages: who is shown what, and tokens that a form makes."""

from typing import Any

import orjson
import pytest
from sqlalchemy import text as statement

from paddles.accounts import groups, users
from paddles.accounts.access import NOBODY
from paddles.accounts.users import Changes
from paddles.app import serve
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.events import subscriptions
from paddles.settings import Settings
from tests.client import Client
from tests.conftest import NOW
from tests.controllers.kernelci.wire import Person, make_person
from tests.controllers.pages.browser import Browser
from tests.controllers.pages.parsing import BROWSER, harmless, sound
from tests.controllers.pages.test_hostile_runs import HOSTILE
from tests.controllers.test_statements import counted

MISSING = "0" * 24
NOTED = statement("SELECT type, subject, data FROM events WHERE type LIKE 'user.token%'")


@pytest.fixture
def browser(database: Database, settings: Settings) -> Browser:
    """A browser in front of the service."""
    return Browser(database, settings)


@pytest.fixture
def ann(database: Database, settings: Settings) -> Person:
    """A user who is in a group."""
    transact(database, lambda session: groups.create(session, "testers", NOBODY, NOW))
    return make_person(database, settings, "ann", groups=("testers",))


@pytest.fixture
def root(database: Database, settings: Settings) -> Person:
    """Who may do everything."""
    return make_person(database, settings, "root", is_superuser=True)


def shown(browser: Browser, path: str, who: Person | None = None) -> Any:
    """Return the page at an address, parsed and sound, as somebody with a token is shown it."""
    said = {"HTTP_AUTHORIZATION": f"Bearer {who.token}"} if who else {}
    soup = browser.get(path, status=200, **said).html
    sound(soup)
    return soup


def text(soup: Any) -> str:
    """Return the text of a page."""
    return " ".join(soup.find("main").get_text(" ").split())


def test_my_account(browser: Browser, ann: Person, database: Database) -> None:
    """Who I am, my groups, what I follow; both of its addresses are the same page."""
    transact(database, lambda session: subscriptions.subscribe(session, "node", "ann", NOW, subscriber_id="mine"))
    transact(database, lambda session: subscriptions.subscribe(session, "job", "bob", NOW))
    browser.login("ann")
    for path in ("/latest/whoami", "/latest/user/me"):
        soup = shown(browser, path)
        assert "ann@example.org" in text(soup)
        assert "testers" in text(soup)
        assert "mine" in text(soup)
        assert "/latest/events?channel=job" not in [a["href"] for a in soup.find("main").find_all("a")]
    group = soup.find("a", class_="tag")["href"]
    assert "ann" in text(shown(browser, group))


@pytest.mark.parametrize("path", ["/latest/whoami", "/latest/users", f"/latest/user/{MISSING}"])
def test_who_is_nobody_is_shown_no_accounts(browser: Browser, path: str) -> None:
    """As in the JSON."""
    browser.get(path, status=[302, 303, 401])


def test_addresses_of_people_are_their_own(browser: Browser, ann: Person, root: Person) -> None:
    """A superuser reads all of them, anybody else the own one, in lists and on pages."""
    for who, seen in ((ann, False), (root, True)):
        soup = shown(browser, "/latest/users", who)
        assert "ann@example.org" in text(soup)
        assert ("root@example.org" in text(soup)) == seen
        assert ("root@example.org" in text(shown(browser, f"/latest/user/{root.id}", who))) == seen
    asked = "/latest/users?email=root@example.org"
    assert "0 users" in text(shown(browser, asked, ann))
    assert "1 user" in text(shown(browser, asked, root))


def test_users_are_filtered(browser: Browser, ann: Person, root: Person) -> None:
    """By what the JSON knows; each leads to its page, and the list goes on."""
    soup = shown(browser, "/latest/users?is_superuser=true", ann)
    assert "1 user" in text(soup)
    assert ["root"] == [a.get_text() for a in soup.find("section", id="list").find("table").find_all("a")]
    first = shown(browser, "/latest/users?limit=1", ann)
    second = shown(browser, f"/latest/users{first.find('a', rel='next')['href']}", ann)
    named = [soup.find("section", id="list").find("table").find("a").get_text() for soup in (first, second)]
    assert ["ann", "root"] == sorted(named)
    assert "0 users" in text(shown(browser, "/latest/users?username=nobody", ann))


@pytest.mark.usefixtures("ann")
def test_groups_are_for_everybody_and_members_for_users(browser: Browser, root: Person) -> None:
    """As in the JSON, where who is in a group is known by the list of users."""
    soup = shown(browser, "/latest/groups")
    to = soup.find("section", id="list").find("a", string="testers")["href"]

    assert "Shown to users" in text(shown(browser, to))
    assert "ann" in text(shown(browser, to, root))
    assert "0 groups" in text(shown(browser, "/latest/groups?name=other"))
    for path in (f"/latest/group/{MISSING}", f"/latest/user/{MISSING}"):
        browser.get(path, status=404, HTTP_AUTHORIZATION=f"Bearer {root.token}")


def test_a_form_makes_a_token(browser: Browser, ann: Person, database: Database, settings: Settings) -> None:
    """It is shown once, speaks for who asked, is kept nowhere and told of, and is void with all others."""
    browser.login("ann")
    answer = browser.post("/latest/whoami/tokens", status=200)
    token = answer.html.find("main").find("pre").get_text()
    sound(answer.html)

    api = Client(serve(database, settings))
    bearer = {"Authorization": f"Bearer {token}"}
    assert "ann" == api.get("/latest/whoami", headers=bearer).json["username"]
    assert "no-store" == answer.headers["Cache-Control"]
    said = transact(database, lambda session: session.execute(NOTED).all())
    noted = [(row.type, row.subject, orjson.loads(bytes(row.data))) for row in said]
    assert [("user.token_made", f"/users/{ann.id}", {"by": "ann", "username": "ann"})] == noted
    browser.post("/logout", {"everywhere": "1"}, status=303)
    api.get("/latest/whoami", headers=bearer, status=401)


def test_nobody_else_makes_a_token(browser: Browser, ann: Person, database: Database) -> None:
    """Nobody, a form of another site or of nowhere, and a user whose address nobody knows to be right."""
    browser.post("/latest/whoami/tokens", status=[302, 303, 401])
    browser.login("ann")
    browser.post("/latest/whoami/tokens", {"csrf": "x"}, status=403)
    browser.post("/latest/whoami/tokens", status=403, HTTP_ORIGIN="https://evil.example")

    def doubt(session: Session) -> None:
        user = users.locked(session, ann.id)
        assert user is not None
        users.change(session, user, Changes(is_verified=False), NOBODY)

    transact(database, doubt)
    browser.post("/latest/whoami/tokens", status=403)
    browser.get("/latest/whoami", status=403)


def test_pages_take_few_statements(browser: Browser, root: Person, database: Database, settings: Settings) -> None:
    """However many users there are; one of them tells who asks."""
    group = transact(database, lambda session: groups.create(session, "many", NOBODY, NOW))
    paths = {
        "/latest/whoami": 3,
        "/latest/users": 3,
        f"/latest/user/{root.id}": 2,
        "/latest/groups": 3,
        f"/latest/group/{group}": 3,
    }
    for many in (1, 12):
        for number in range(many):
            make_person(database, settings, f"user {many} {number}", groups=("many",))
        for path, most in paths.items():
            with counted() as statements:
                shown(browser, path, root)
            assert most == len(statements), path


@pytest.mark.parametrize("words", HOSTILE)
def test_what_strangers_are_called_is_text(
    browser: Browser, database: Database, settings: Settings, words: str
) -> None:
    """Users, groups, channels and what lists are asked for."""
    group = transact(database, lambda session: groups.create(session, words, NOBODY, NOW))
    who = make_person(database, settings, words, groups=(words,))
    transact(database, lambda session: subscriptions.subscribe(session, words, words, NOW, subscriber_id=words))
    said = {"HTTP_AUTHORIZATION": f"Bearer {who.token}"}
    for path in (
        "/latest/whoami",
        "/latest/users",
        f"/latest/user/{who.id}",
        "/latest/groups",
        f"/latest/group/{group}",
    ):
        harmless(browser.get(path, status=200, **said).html)
    answer = browser.client.get("/latest/groups", params={"name": words, words: words}, headers=BROWSER)
    sound(answer.html)
    assert words.strip() in answer.html.find("main").get_text()
