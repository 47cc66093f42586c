"""What browsers are shown where they are refused: what is wrong, what is needed, and where to go from there."""

from typing import Any
from urllib.parse import quote

import pytest

from paddles import errors
from paddles.app import serve
from paddles.controllers.pages import plain
from paddles.db import engine
from paddles.db.engine import Database
from paddles.settings import Settings
from paddles.web.application import build
from paddles.web.endpoint import Html
from paddles.web.face import Call, Context
from paddles.web.resource import Resource
from tests.client import Client
from tests.controllers.pages.parsing import BROWSER, harmless, links, told
from tests.factories import make_job, make_node

RUN = "kim-2026-01-31_09:00:00-smoke-main-distro-default-mylab"


class Refusing(Resource):
    """It refuses as it is told to."""

    face = plain

    @plain.endpoint(answers=Html, needs_database=False)
    def get_one(self, name: str, call: Call) -> Any:
        """Raise what has that name."""
        raise getattr(errors, name)(f"why: {name}") if hasattr(errors, name) else ZeroDivisionError(f"secret {name}")


def refusal(client: Client, address: str, status: int) -> Any:
    """Return the page of a refusal, which is sound."""
    answer = client.get(address, headers=BROWSER, status=status)
    assert "text/html" == answer.content_type
    harmless(answer.html)
    return answer


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("/runs/kim-2026-01-31_09:00:00-smoke-main-distro-default-mylap", f"/runs/{RUN}/"),
        ("/runs/kim-2026-01-31_09:00:00-smoke", f"/runs/{RUN}/"),
        (f"/runs/{RUN.upper()}/", f"/runs/{RUN}/"),
        (f"/runs/{RUN}/jobs/1235", f"/runs/{RUN}/jobs/1234/"),
        (f"/runs/{RUN}/jobs/77", "/runs/other/jobs/77/"),
        ("/runs/kim-2026-01-31_09:00:00-smoke-main-distro-default/jobs/1234/log", "/runs/other/jobs/1234/"),
        ("/nodes/smithi01", "/nodes/smithi011/"),
        ("/nodes/SMITHI011", "/nodes/smithi011/"),
        ("/nodes/smithi011.front.example.com", "/nodes/smithi011/"),
    ],
)
def test_what_is_not_there_is_looked_for_beside_it(client: Client, address: str, near: str) -> None:
    """The page names what was asked for, and offers what is called much like it; all of that leads somewhere."""
    make_job(client, RUN, job_id="1234", status="pass")
    for key in ("77", "1234"):
        make_job(client, "other", job_id=key, status="pass")
    make_node(client, "smithi011")

    shown = refusal(client, address, 404).html

    offered = [to.replace("%3A", ":") for to in links(shown)]
    assert near in offered
    for to in offered:
        client.get(to, headers=BROWSER)


def test_what_is_unlike_is_not_offered(client: Client) -> None:
    """However near it stands; nor is anything at an address of nothing."""
    make_job(client, RUN, job_id="1234", status="pass")

    for address in ("/runs/zzz/", "/runs/a", "/nodes/kim", "/nowhere/at/all"):
        assert "called much alike" not in refusal(client, address, 404).text


def test_programs_are_told_as_ever(client: Client) -> None:
    """In JSON, with a message and nothing else."""
    make_node(client, "smithi011")

    assert {"message"} == set(client.get("/nodes/smithi01/", status=404).json)


@pytest.mark.parametrize(
    "name", ["%", "_", "'; DROP TABLE runs; --", "<script>alert(1)</script>", "\u202e", "x" * 5000]
)
def test_hostile_names_are_names(client: Client, name: str) -> None:
    """They are looked for, and found nowhere."""
    make_job(client, "<script>alert(1)", job_id="1", status="pass")
    for below in ("/runs/", "/runs/other/jobs/", "/nodes/", "/tests/", "/tests/a/", "/projects/"):
        assert "<script>alert" not in refusal(client, below + quote(name, safe=""), 404).text


@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ("Invalid", 400, "why: Invalid"),
        ("Forbidden", 403, "decided by whoever runs the service"),
        ("NotFound", 404, "the first page"),
        ("Conflict", 409, "look at it as it is now"),
        ("TooMany", 429, "again in 60 s"),
        ("Unavailable", 503, "again in a moment"),
        ("Fault", 500, "finds what happened in its log"),
    ],
)
def test_each_refusal_says_what_to_do(
    database: Database, settings: Settings, name: str, status: int, says: str
) -> None:
    """With the id of the request where whoever runs the service must look; never with a trace."""
    client = Client(build(Refusing(), Context(database, settings)))

    answer = refusal(client, f"/{name if name != 'Fault' else 'nothing'}", status)

    assert says in told(answer.html)
    assert (status in (429, 503)) == ("Retry-After" in answer.headers)
    assert (status == 500) == (f"<code>{answer.headers['X-Request-Id']}</code>" in answer.text)
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_whoever_may_not_look_is_told_so(database: Database, settings: Settings) -> None:
    """In words that name what stands against it."""
    client = Client(serve(database, settings.model_copy(update={"results_access": "closed"})))

    assert "this part of the service is closed" in told(refusal(client, "/runs/", 403).html)


def test_pages_of_a_database_that_is_away(settings: Settings) -> None:
    """They say so and when to ask again, and are made without it."""
    nowhere = "postgresql+psycopg2://nobody@127.0.0.1:9/nothing"
    away = settings.model_copy(update={"database_url": nowhere, "database_direct_url": ""})
    database = engine.connect(away)
    client = Client(serve(database, away))

    for address in ("/", "/runs/", "/runs/x/", "/nodes/x", "/stats/", "/search?q=abc"):
        answer = refusal(client, address, 503)
        assert "2" == answer.headers["Retry-After"]
        assert "database cannot be reached" in told(answer.html)
    database.dispose()
