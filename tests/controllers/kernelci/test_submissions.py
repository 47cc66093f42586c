"""KCIDB's addresses: documents taken in and asked after, by whom, and how large they may be."""

import io
from typing import Any

import jwt
import orjson
import pytest

from paddles.accounts import grants, groups
from paddles.accounts.access import NOBODY
from paddles.app import serve
from paddles.archive import contents, receipts
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.settings import Settings
from paddles.sweep import documents
from tests.client import Client
from tests.conftest import NOW
from tests.controllers.kernelci.foreign import SECRET, bare
from tests.controllers.kernelci.wire import Api, Person, make_person
from tests.ingest.kcidb_units import BUILD, CHECKOUT, RUN, TEST, document
from tests.units import rows

WHOLE = document(checkouts=[CHECKOUT], builds=[BUILD], tests=[TEST])
LIMIT = 2000


def of(origin: Any = "o", **claims: Any) -> dict[str, str]:
    """Return the header of a token of KCIDB's."""
    return {"HTTP_AUTHORIZATION": "Bearer " + jwt.encode({"origin": origin, **claims}, SECRET, "HS256")}


def refusal(answer: Any) -> str:
    """Return why a submission is refused; that is all that the answer says."""
    assert ("0", "error") == (answer.json["id"], answer.json["status"])
    assert {"id", "status", "message"} == set(answer.json)
    return str(answer.json["message"])


def status_of(api: Api, name: str) -> tuple[str, str]:
    """Return the status of a submission, and its message."""
    said = api.get(f"/status?id={name}", status=200, **of()).json
    assert name == said["id"]
    return said["status"], said["message"]


def test_a_document_is_taken_read_and_found(shared: Api, database: Database, settings: Settings) -> None:
    """It is on the disk, byte for byte, before anybody is told so; then it waits to be read."""
    body = orjson.dumps(WHOLE)

    said = shared.send("POST", "/submit", body, status=200, **of()).json

    assert ("ok", 32, True) == (said["status"], len(said["id"]), said["id"].isalnum())
    assert body == contents.read(contents.store(settings), contents.digest(body))
    assert "ready" == status_of(shared, said["id"])[0]
    documents.read(database, settings, NOW)
    assert "processed" == status_of(shared, said["id"])[0]
    assert [(RUN,)] == [tuple(row) for row in rows(database, "SELECT name FROM runs")]


def test_one_that_is_being_read_is_in_progress(shared: Api, database: Database) -> None:
    """As KCIDB calls it."""
    name = shared.post("/submit", WHOLE, **of()).json["id"]
    transact(database, lambda session: receipts.take(session, NOW))

    assert "inprogress" == status_of(shared, name)[0]


def test_one_that_is_no_document_says_why(shared: Api, database: Database, settings: Settings) -> None:
    """When it was read; what it speaks of for somebody else is none of its business."""
    names = {
        "not JSON": shared.send("POST", "/submit", b'{"version": ', **of()).json["id"],
        "schemas 1 to 5": shared.post("/submit", {}, **of()).json["id"],
        "does not speak for 'o'": shared.post("/submit", WHOLE, **of("me")).json["id"],
    }
    documents.read(database, settings, NOW)

    for reason, name in names.items():
        status, message = status_of(shared, name)
        assert "failed" == status
        assert reason in message
    assert [] == rows(database, "SELECT FROM runs")


@pytest.mark.parametrize("body", [b"", b" \n\t ", b"[]", b"null", b"<xml/>", b"\0{", b"\xef\xbb\xbf{}", b"--x\r\n"])
def test_what_cannot_be_a_document_is_refused_at_once(shared: Api, database: Database, body: bytes) -> None:
    """400, and nothing of it is kept."""
    assert refusal(shared.send("POST", "/submit", body, status=400, **of()))

    assert [] == rows(database, "SELECT FROM receipts")
    assert [] == rows(database, "SELECT FROM contents")


def test_a_document_has_a_size(database: Database, settings: Settings, ann: Person) -> None:
    """More than the setting allows is 413, of whatever length it says to be; larger than other bodies it may be."""
    sizes = {"unified_secret": SECRET, "max_document_bytes": LIMIT, "max_body_bytes": 1024}
    api = Api(Client(serve(database, settings.model_copy(update=sizes))))
    whole = b'{"x": "' + b"y" * (LIMIT - 9) + b'"}'

    assert LIMIT == len(whole)
    api.send("POST", "/submit", whole, status=200, **of())
    assert f"at most {LIMIT} bytes" in refusal(api.send("POST", "/submit", whole + b" ", status=413, **of()))
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    refusal(api.send("POST", "/submit", whole + b" ", status=413, **chunked, **of()))
    assert [] == list((contents.directory(settings) / contents.INCOMING).glob("*"))


def test_nothing_is_read_of_who_may_not_submit(shared: Api, ann: Person) -> None:
    """Who cannot be known, and who may not, is told before a byte of the body is looked at."""

    for header, status in (({}, 401), ({"HTTP_AUTHORIZATION": f"Bearer {ann.token}"}, 403)):
        sent = io.BytesIO(b"{}")
        refusal(shared.send("POST", "/submit", status=status, CONTENT_LENGTH="2", **{"wsgi.input": sent}, **header))
        assert 0 == sent.tell()


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"HTTP_AUTHORIZATION": "Bearer x"},
        {"HTTP_AUTHORIZATION": "Bearer pdl_x"},
        of(""),
        of(None),
        of(["o"]),
        of("a\0b"),
        of("x" * 300),
        of(exp=1),
        of(aud="fastapi-users:verify"),
        of(purpose="invite"),
        bare(),
        bare(secret="not the secret that they share, but long"),
    ],
)
@pytest.mark.parametrize("path", ["/submit", "/status?id=x", "/authtest"])
def test_who_cannot_be_known_is_refused(shared: Api, path: str, header: dict[str, str]) -> None:
    """401, and no submission is found either."""
    method = "POST" if path == "/submit" else "GET"

    refusal(shared.send(method, path, WHOLE if method == "POST" else None, status=401, **header))


def test_our_own_may_submit_for_any_origin(shared: Api, database: Database, settings: Settings, admin: Person) -> None:
    """A program whose grant lets it report, members of ``kcidb:submit``, superusers."""
    transact(database, lambda session: groups.create(session, "kcidb:submit", NOBODY, NOW))
    bob = make_person(database, settings, "bob", groups=("kcidb:submit",))
    lab = transact(database, lambda session: grants.make(session, "lab", "report", NOW))

    for token, name in ((admin.token, "admin"), (bob.token, "bob"), (lab, "lab")):
        shared.post("/submit", WHOLE, token=token, status=200)
        said = shared.get("/authtest", token=token, status=200).json
        assert {"status": "ok", "message": f"authenticated as {name}", "origin": ""} == said
    documents.read(database, settings, NOW)
    found = rows(database, "SELECT username, origin, state FROM receipts ORDER BY id")
    assert [(name, "", "processed") for name in ("admin", "bob", "lab")] == [tuple(row) for row in found]


def test_an_origin_is_known_by_its_token(shared: Api) -> None:
    """As KCIDB's clients ask it."""
    assert "o" == shared.get("/authtest", status=200, **of()).json["origin"]


@pytest.mark.parametrize("name", ["x", "0" * 32, "../../etc/passwd", "'; DROP TABLE receipts; --"])
def test_what_was_not_submitted_is_not_found(shared: Api, name: str) -> None:
    """404, in KCIDB's words; without an id, or with NUL in it, 400."""
    answer = shared.client.get("/status", {"id": name}, status=404, extra_environ=of())

    assert (name, "notfound") == (answer.json["id"], answer.json["status"])
    refusal(shared.get("/status", status=400, **of()))
    refusal(shared.get("/status?id=%00", status=400, **of()))


def test_the_service_answers(shared: Api) -> None:
    """In plain text, whoever asks."""
    answer = shared.get("/health", status=200)

    assert ("OK", "text/plain") == (answer.text, answer.content_type)
