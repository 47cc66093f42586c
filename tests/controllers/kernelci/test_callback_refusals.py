"""Callbacks of LAVA that are refused: who may send one, what is one, and for which node."""

import gzip

import pytest

from paddles.accounts import grants
from paddles.app import serve
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.settings import Settings
from tests.client import Client
from tests.conftest import NOW
from tests.controllers.kernelci.test_callbacks import call_back, job, shown, sweep
from tests.controllers.kernelci.trees import MISSING, detail, make
from tests.controllers.kernelci.wire import Api, Person
from tests.ingest.lavas import content
from tests.units import rows


def test_who_may_say_it(api: Api, ann: Person, bob: Person, lab: str, database: Database) -> None:
    """The lab by its token, in any way that it is sent; whoever may change the node; nobody else."""
    node, others = job(api, ann), job(api, ann, data={"runtime": "lava-y"})
    reader = transact(database, lambda session: grants.make(session, "r", "read", NOW))
    machine = transact(database, lambda session: grants.make(session, "lava-y", "machine", NOW))

    for token in ("", "x", "Bearer x", reader, machine, "Basic eA=="):
        assert "Unauthorized" == detail(call_back(api, node, token, status=401))
    for token, asked in ((lab, others), (bob.token, node)):
        refused = call_back(api, asked, token, status=401)
        assert "Unauthorized to complete the operation" == detail(refused)
    for token in (lab, f"Token {lab}", f"Bearer {lab}", ann.token):
        call_back(api, node, token)
    api.client.send("POST", f"/latest/node/{node['id']}?access_token={lab}", content(), status=202)
    assert [(1,)] == rows(database, "SELECT count(*) FROM files")


@pytest.mark.parametrize("mode", ["token", "closed"])
def test_where_access_is_restricted(
    api: Api, ann: Person, lab: str, database: Database, settings: Settings, mode: str
) -> None:
    """A lab's token is one; nobody enters what is closed."""
    node = job(api, ann)
    own = Api(Client(serve(database, settings.model_copy(update={"kernelci_access": mode}))))

    call_back(own, node, lab, status=202 if mode == "token" else 403)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"[]", 422),
        (b'"x"', 422),
        (b"[" * 100_000, 422),
        (b"\x00\xff", 422),
        (gzip.compress(content(), mtime=0), 422),
        (b"status=2&id=577", 422),
        (content(status=9, status_string=""), 422),
        (b'{"status": 2, "id": "\\u0000"}', 202),
        (b'{"status": 2}', 202),
        (content(id={"a": [1]}, results=[1], definition=7, log={}), 202),
        (content(definition="a: [", results={"x": "{"}), 202),
    ],
)
def test_bodies_of_any_shape(
    api: Api, ann: Person, lab: str, database: Database, settings: Settings, sent: bytes, status: int
) -> None:
    """What is no callback is refused; what cannot be read later ends the task as failed, and leaves the node alone."""
    node = job(api, ann)

    api.client.send("POST", f"/node/{node['id']}", sent, status=status, HTTP_AUTHORIZATION=lab)
    sweep(database, settings)

    if status == 202:
        tasks = [each["status"] for each in api.get("/runs/callbacks/jobs/").json]
        assert tasks == (["fail"] if b"a: [" in sent else ["pass"])
        assert shown(api, node)["state"] == ("running" if b"a: [" in sent else "done")


def test_nodes_that_take_no_callback(api: Api, ann: Person, lab: str, settings: Settings, database: Database) -> None:
    """One that there is not, one that is no job; and a body that is too large."""
    assert "Node not found" in detail(call_back(api, {"id": MISSING}, lab, status=404))
    assert "ObjectId" in detail(call_back(api, {"id": "zz"}, lab, status=400))
    checkout = make(api, ann)
    assert "a callback is for a job" in detail(call_back(api, checkout, ann.token, status=400))
    small = Api(Client(serve(database, settings.model_copy(update={"max_body_bytes": 1024}))))
    call_back(small, job(api, ann), lab, status=413)
