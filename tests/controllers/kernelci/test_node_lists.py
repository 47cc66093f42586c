"""Lists of nodes over the wire, and how many statements requests for nodes take."""

from typing import Any

import pytest

from paddles.db.engine import Database
from tests.controllers.kernelci.trees import CHECKOUT, detail, make
from tests.controllers.kernelci.wire import Api, Person
from tests.controllers.test_statements import counted


def test_lists_and_counts(api: Api, ann: Person) -> None:
    """Pages, bare lists and numbers of the same filters."""
    made = [make(api, ann, name=f"n{number}") for number in range(5)]

    shown = api.get("/latest/nodes?kind=checkout&limit=2&offset=1").json
    assert {"total": 5, "limit": 2, "offset": 1, "items": made[1:3]} == shown
    assert made == api.get("/latest/nodes/fast?data.kernel_revision.tree=mainline").json
    assert made[4:] == api.get("/latest/nodes/fast?limit=2&offset=4").json
    assert 5 == api.get("/latest/count?owner=ann&limit=1&offset=9").json
    assert 0 == api.get("/v0/count?nonsense=1").json
    newest = api.get("/latest/nodes?sort=-created&limit=2&total=no").json
    assert {"total": None, "limit": 2, "offset": 0, "items": made[:2:-1]} == newest
    assert made[3:] == api.get(f"/latest/nodes?after={made[2]['id']}").json["items"]
    assert 1000 == api.get("/latest/nodes?limit=5000").json["limit"]
    assert 5 == api.get(f"/latest/count?access_token={ann.token}").json


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=0", 422),
        ("limit=x", 422),
        ("offset=-1", 422),
        ("sort=name", 422),
        ("total=maybe", 422),
        ("offset=9999999999999999999", 200),
        ("limit=99999999999999999999999999", 200),
        ("after=zz", 400),
        ("name__re=[", 400),
        ("created__gt=x", 400),
        ("parent=zz", 400),
        ("retry_counter=x", 400),
        ("name__nin=" + "x," * 1001, 400),
        ("$where=1", 200),
        ("data.%00=x", 400),
        ("%FF=x", 422),
    ],
)
def test_what_may_be_asked_of_a_list(api: Api, query: str, status: int) -> None:
    """What is wrong is refused, what is strange matches nothing."""
    answer = api.get(f"/latest/nodes?{query}", status=status)

    if status == 422:
        assert "query" == detail(answer)[0]["loc"][0]


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "/latest/node", {**CHECKOUT, "parent": "{id}"}, 3),
        ("PUT", "/latest/node/{id}", {"result": "pass"}, 3),
        ("PUT", "/latest/node/{id}", {"state": "done"}, 4),
        ("PATCH", "/latest/node/{id}", {"result": "fail"}, 3),
        ("GET", "/latest/node/{id}", None, 1),
        ("GET", "/latest/nodes?kind=job&limit=1", None, 2),
        ("GET", "/latest/nodes?kind=job", None, 1),
        ("GET", "/latest/nodes/fast", None, 1),
        ("GET", "/latest/count", None, 1),
        (
            "PUT",
            "/latest/batch/nodeset",
            {"nodes": ["{id}"], "field": "processed_by_kcidb_bridge", "value": "true"},
            3,
        ),
    ],
)
def test_statements_of_a_request(
    api: Api, database: Database, ann: Person, method: str, path: str, body: Any, expected: int
) -> None:
    """Are a constant, however many nodes there are, the token's look-up among them."""
    root = make(api, ann)
    node = make(api, ann, kind="job", parent=root["id"])
    for number in range(5):
        make(api, ann, kind="job", name=f"n{number}", parent=node["id"], state="done")
    said = {k: v.replace("{id}", node["id"]) if isinstance(v, str) else v for k, v in (body or {}).items()}
    if "nodes" in said:
        said["nodes"] = [node["id"]]

    with counted() as statements:
        api.send(method, path.replace("{id}", node["id"]), said or None, token=ann.token if body else "", status=200)

    assert expected == len([each for each in statements if not each.startswith("PREPARE")]), statements
