"""Documents of KCIDB: what they say, and what is none."""

import json
from typing import Any

import pytest

from paddles.errors import Invalid
from paddles.ingest import kcidb
from paddles.ingest.text import REPLACEMENT
from tests.ingest.kcidb_units import BUILD, CHECKOUT, TEST, document, thing

OLD: dict[str, Any] = {
    "version": "1",
    "revisions": [
        {
            "origin": "k",
            "origin_id": "next/master/v5.3",
            "git_repository_commit_hash": "abc",
            "misc": {"git_branch": "master", "git_describe": "v5.3"},
        }
    ],
    "builds": [
        {
            "origin": "k",
            "origin_id": "b",
            "revision_origin": "k",
            "revision_origin_id": "next/master/v5.3",
            "architecture": "arm",
            "valid": False,
            "misc": {"defconfig_full": "d+x", "compiler": "gcc", "compiler_version": "8"},
        }
    ],
    "tests": [
        {
            "origin": "k",
            "origin_id": "t",
            "build_origin": "k",
            "build_origin_id": "b",
            "description": "simple/whoami",
            "status": "FAIL",
            "waived": True,
            "misc": {"board": "odroid", "lab_name": "lab-c"},
        }
    ],
}


def parse(said: Any, origin: str = "") -> list[kcidb.Entry]:
    """Return what a value says as a document."""
    return kcidb.parse(said if isinstance(said, bytes) else json.dumps(said).encode(), origin)


def test_a_document_speaks_of_checkouts_builds_and_tests() -> None:
    """Each with its id, what it is below, and all that is said, nulls left out."""
    found = parse(document(checkouts=[CHECKOUT], builds=[{**BUILD, "comment": None}], tests=[TEST], issues=[{"x": 1}]))

    assert [("checkout", "o:c1", "", ""), ("build", "o:b1", "o:c1", ""), ("test", "o:t1", "o:b1", "lab-x:qemu")] == [
        (entry.kind, entry.id, entry.parent, entry.place) for entry in found
    ]
    assert [CHECKOUT, BUILD, TEST] == [entry.said for entry in found]


def test_of_things_of_one_name_the_last_counts() -> None:
    """In one document; things of different kinds may be called the same."""
    first, second = ({**BUILD, "status": status} for status in ("FAIL", "PASS"))

    found = parse(document(builds=[first, second], checkouts=[{**CHECKOUT, "id": "o:b1"}]))

    assert {("checkout", "o:b1"): None, ("build", "o:b1"): "PASS"} == {
        (entry.kind, entry.id): entry.said.get("status") for entry in found
    }


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"environment": {"misc": {"platform": "p", "runtime": "r"}}}, "r:p"),
        ({"environment": {"misc": {"lab": "l"}}}, "l:"),
        ({"environment": {"compatible": ["a,b", "c"]}}, ":a,b"),
        ({"environment": None, "misc": {"board": "b", "lab_name": "l"}}, "l:b"),
        ({"environment": {"misc": {"platform": "a:b\n"}}}, ":a_b_"),
        ({"environment": {"misc": {"platform": 5, "lab": ["x"]}}}, ""),
        ({"environment": {"comment": "on my desk"}}, ""),
        ({"environment": None}, ""),
    ],
)
def test_a_test_says_where_it_ran(said: dict[str, Any], place: str) -> None:
    """Lab and platform, with the only colon between them, whatever they are called."""
    (entry,) = parse(thing("tests", **said))

    assert place == entry.place


def test_schema_1_is_understood() -> None:
    """What the oldest archives have: ids in two parts, and much that has a place of its own today in ``misc``."""
    checkout, build, test = parse(OLD)

    assert ("k:next/master/v5.3", "k:b", "k:t") == (checkout.id, build.id, test.id)
    assert ("k:next/master/v5.3", "k:b", "lab-c:odroid") == (build.parent, test.parent, test.place)
    names = ("tree_name", "git_repository_branch", "git_commit_hash", "git_commit_name")
    assert ["next", "master", "abc", "v5.3"] == [checkout.said[name] for name in names]
    assert ["FAIL", "d+x", "gcc-8"] == [build.said[name] for name in ("status", "config_name", "compiler")]
    assert ("simple.whoami", True) == (test.said["path"], test.said["waived"])


THIRD: dict[str, Any] = {
    "version": {"major": 3, "minor": 0},
    "revisions": [
        {
            "id": "f" * 40,
            "origin": "o",
            "tree_name": "mainline",
            "git_commit_name": "v5.9",
            "discovery_time": "2020-10-11T21:15:50Z",
            "description": "Linux 5.9",
        }
    ],
    "builds": [{"id": "o:b", "origin": "o", "revision_id": "f" * 40, "valid": True, "description": "all"}],
    "tests": [
        {
            "id": "o:t",
            "origin": "o",
            "build_id": "o:b",
            "path": "ltp.sem01",
            "status": "ERROR",
            "environment": {"description": "a board", "misc": {"platform": "p"}},
        }
    ],
}


def second(third: dict[str, Any]) -> dict[str, Any]:
    """Return a document of schema 3 as schema 2 has it: ids begin with their origins, which nothing else names."""
    plain = {kind: [{**each} for each in things] for kind, things in third.items() if kind != "version"}
    for things in plain.values():
        for each in things:
            each.pop("origin")
    for revision in plain["revisions"]:
        revision.update(id=f"o:{revision['id']}", git_repository_commit_name=revision.pop("git_commit_name"))
    plain["builds"][0]["revision_id"] = f"o:{plain['builds'][0]['revision_id']}"
    return {"version": {"major": 2}, **plain}


@pytest.mark.parametrize("said", [THIRD, second(THIRD)], ids=["3", "2"])
def test_schemas_2_and_3_speak_of_revisions(said: dict[str, Any]) -> None:
    """They are checkouts, known by origin and commit; what was called otherwise has its name of today."""
    checkout, build, test = parse(said, "o")

    assert ("o:" + "f" * 40, "o:b", "o:t") == (checkout.id, build.id, test.id)
    assert ("o:" + "f" * 40, "o:b", ":p") == (build.parent, test.parent, test.place)
    names = ("origin", "git_commit_name", "start_time", "comment")
    assert ["o", "v5.9", "2020-10-11T21:15:50Z", "Linux 5.9"] == [checkout.said[name] for name in names]
    assert ("PASS", "all", None) == (build.said["status"], build.said["comment"], build.said.get("revision_id"))
    assert ("ERROR", "a board") == (test.said["status"], test.said["environment"]["comment"])


@pytest.mark.parametrize("major", [1, 2, 3, 4])
@pytest.mark.parametrize("thing", [{}, {"id": 5}, {"id": None, "origin": []}, {"id": "o", "environment": 3}, 7, None])
def test_what_earlier_schemas_cannot_say_is_refused(major: int, thing: Any) -> None:
    """Of whatever type a thing and its ids are; the message says which thing it is."""
    for kind in ("revisions" if major < 4 else "checkouts", "builds", "tests"):
        with pytest.raises(Invalid, match=rf"{kind}\.0: "):
            parse({"version": {"major": major}, kind: [thing]})


@pytest.mark.parametrize(("valid", "status"), [(True, "PASS"), (False, "FAIL"), (None, None)])
def test_schema_4_says_valid_for_status(valid: bool | None, status: str | None) -> None:
    """Of builds; what it says of a status itself counts more."""
    said = {**BUILD, "valid": valid}
    said.pop("status")

    (entry,) = parse({"version": {"major": 4, "minor": 0}, "builds": [said]})

    assert status == entry.said.get("status")


def test_nul_is_replaced() -> None:
    """In texts and names, at any depth: consoles write it, and no database takes it."""
    (entry,) = parse(thing("tests", log_excerpt="a\0b", misc={"k\0": ["\0"]}))

    assert f"a{REPLACEMENT}b" == entry.said["log_excerpt"]
    assert {f"k{REPLACEMENT}": [REPLACEMENT]} == entry.said["misc"]


def nested(levels: int) -> Any:
    """Return lists in lists."""
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("number", [0, -1.5, 2**63, 10**300, -(2**70), 5e-324])
def test_numbers_of_any_size_are_taken(number: float) -> None:
    """As near as a float comes to them."""
    (entry,) = parse(thing("tests", number={"value": number, "unit": "s"}, misc={"n": number}))

    assert float(number) == entry.said["number"]["value"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"version": 1e999}', "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 5000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        ({}, "schemas 1 to 5"),
        ({"version": {"major": 6, "minor": 0}}, "not '6'"),
        ({"version": {"major": [5]}}, "schemas 1 to 5"),
        ({"version": "5; DROP TABLE runs"}, "schemas 1 to 5"),
        (document(checkouts={}), "checkouts: must be a list"),
        (document(tests=["x"]), "tests.0"),
        (document(tests=[None]), "tests.0"),
        (document(builds=[BUILD, {}]), "builds.1: id: Field required"),
        (thing("builds", id=5), "builds.0: id"),
        (thing("builds", id="b1"), "must be like origin:id"),
        (thing("builds", id="o:a\nb"), "must be like origin:id"),
        (thing("builds", id="o:\0"), "must be like origin:id"),
        (thing("builds", id="o:" + "x" * 500), "at most 500 characters"),
        (thing("builds", id="../o:x"), "must be like origin:id"),
        (thing("builds", origin="other"), "not an id of the origin"),
        (thing("builds", checkout_id=None), "checkout_id"),
        (thing("builds", status="pass"), "status"),
        (thing("builds", duration=-1), "duration"),
        (thing("builds", duration="long"), "duration"),
        (thing("builds", architecture=["arm"]), "architecture"),
        (thing("builds", misc={"x": nested(150)}), "nests more than 100 levels"),
        (thing("builds", misc={"x": "y" * 2**20}), "more than 1048576 bytes"),
        (thing("tests", path={"a": "b"}), "path"),
        (thing("tests", environment=[1]), "environment"),
        (thing("tests", number=5), "number"),
        (thing("tests", number={"value": True}), "number.value"),
        (thing("tests", build_id="o"), "build_id"),
        (document(tests=[{}] * 1000), "tests.4"),
    ],
)
def test_what_is_no_document_is_refused(said: Any, reason: str) -> None:
    """With the place and the fault; the first few of many."""
    with pytest.raises(Invalid) as refused:
        parse(said)

    assert reason in str(refused.value)
    assert len(str(refused.value)) < 5000


def test_too_many_things_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Together, not of each kind."""
    monkeypatch.setattr(kcidb, "MOST_ENTRIES", 2)
    parse(document(checkouts=[CHECKOUT], builds=[BUILD]))

    with pytest.raises(Invalid, match="at most 2 things"):
        parse(document(checkouts=[CHECKOUT], builds=[BUILD], tests=[TEST]))


def test_an_origin_speaks_for_itself_alone() -> None:
    """What it says of builds and tests may stand below somebody else's."""
    mine = {"id": "me:t", "origin": "me"}

    assert 1 == len(parse(thing("tests", **mine), "me"))
    with pytest.raises(Invalid, match="does not speak for 'o'"):
        parse(thing("tests"), "me")
