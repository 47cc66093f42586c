"""``pecan import_kernelci``: nodes and users of dumps, in whatever order, as often as one likes."""

import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from paddles.accounts import passwords, users
from paddles.db.engine import Database
from paddles.db.work import read
from paddles.settings import Settings
from tests.client import Client
from tests.commands import dumps
from tests.commands.conftest import SCRIPT, Pecan
from tests.commands.dumps import exported, node, node_id
from tests.controllers.kernelci.wire import PASSWORD, Api, make_person
from tests.nodes.units import miscounted
from tests.processes import environment
from tests.units import rows
from tests.waiting import until

ALL = "SELECT * FROM nodes ORDER BY id"
# All of a node but which transaction told of it last.
SAID = "SELECT to_jsonb(nodes) - 'told_xid' AS node FROM nodes ORDER BY id"
EVENTS = "SELECT id FROM events WHERE channel <> 'audit'"
ANOTHER = """
    INSERT INTO nodes (id, kind, name, path, state, data, created, updated, timeout, owner)
    VALUES (:id, 'checkout', 'n', '{}', 'done', '{}', now(), now(), now(), '')
"""
WAITS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
# More than two transactions' worth.
MANY = 5000


def ids(database: Database) -> list[str]:
    """Return the ids of all nodes."""
    return [row.id for row in rows(database, ALL)]


def user(number: int, name: str, **said: Any) -> dict[str, Any]:
    """Return a user as mongoexport writes it."""
    return {"_id": {"$oid": node_id(number)}, "username": name, "email": f"{name}@Example.org", "is_active": True,
            "is_superuser": False, "is_verified": True, "groups": [], "hashed_password": "", **said}  # fmt: skip


def by_name(database: Database, name: str) -> Any:
    """Return a user."""
    return read(database, lambda session: users.by_name(session, name))


@pytest.mark.parametrize("name", ["nodes.jsonl", "nodes.jsonl.gz"])
def test_nodes_of_both_forms_are_shown_as_they_were(client: Client, pecan: Pecan, tmp_path: Path, name: str) -> None:
    """By the ids that they had; with a line that says how many, and not an event."""
    revision = {"tree": "next", "url": "https://git.example/l.git", "branch": "master", "commit": "c" * 40}
    root = node(1, revision=revision, result=None, artifacts={"log": "https://files.example/log"}, treeid="t")
    path = dumps.write(tmp_path / name, [exported(root), b"", node(2, 1, updated="2026-01-31T00:00:00.5")])

    printed = pecan("import_kernelci", "--nodes", str(path))

    assert "nodes: 2 imported, 0 here already, 0 left out\n" == printed
    shown = client.get(f"/latest/node/{node_id(1)}").json
    assert ({"kernel_revision": revision}, None, "lab", dumps.CREATED, "2026-01-30T18:00:00") == tuple(
        shown[key] for key in ("data", "result", "owner", "created", "timeout")
    )
    assert (root["artifacts"], "t") == (shown["artifacts"], shown["treeid"])
    below = client.get(f"/latest/nodes?parent={node_id(1)}").json["items"]
    assert [(node_id(2), "2026-01-31T00:00:00.500000")] == [(each["id"], each["updated"]) for each in below]
    assert [] == client.get("/latest/events").json


def test_children_may_come_before_their_parents(database: Database, pecan: Pecan, tmp_path: Path) -> None:
    """Over several transactions: everything is there, every parent counts what is open below it, groups are made."""
    forest = dumps.forest(MANY)
    path = dumps.write(tmp_path / "nodes", forest)

    assert pecan("import_kernelci", "--nodes", str(path)).startswith(f"nodes: {MANY} imported, 0 here")

    assert sorted(each["id"] for each in forest) == ids(database)
    assert 0 < sum(row.open_children for row in rows(database, ALL))
    assert [] == miscounted(database)
    assert ["lab-a"] == [row.name for row in rows(database, "SELECT name FROM groups")]
    assert [] == rows(database, EVENTS)
    pecan("recount")


def test_repeating_changes_nothing(database: Database, pecan: Pecan, tmp_path: Path) -> None:
    """Not even the version of a row."""
    path = dumps.write(tmp_path / "nodes", dumps.forest(100))
    versions = "SELECT CAST(xmin AS text) AS version, nodes.* FROM nodes ORDER BY id"
    pecan("import_kernelci", "--nodes", str(path))
    before = rows(database, versions)

    assert "nodes: 0 imported, 100 here already, 0 left out\n" == pecan("import_kernelci", "--nodes", str(path))
    assert before == rows(database, versions)


def test_an_import_that_is_killed_goes_on(database: Database, pecan: Pecan, config_file: Path, tmp_path: Path) -> None:
    """kill -9 in the middle, and started again: every row is as it is when nobody is killed."""
    path = dumps.write(tmp_path / "nodes.gz", dumps.forest(MANY))
    words = ("import_kernelci", "--nodes", str(path))
    pecan(*words)
    wanted = rows(database, SAID)
    with database.writer.begin() as session:
        session.execute(text("DELETE FROM nodes"))

    # Somebody else is about to store one of its nodes: there the import waits.
    with database.writer.connect() as blocker:
        blocker.execute(text(ANOTHER), {"id": node_id(3960)})
        process = subprocess.Popen([SCRIPT, words[0], config_file, *words[1:]], env=environment())
        until(lambda: rows(database, WAITS))
        process.send_signal(signal.SIGKILL)
        assert -signal.SIGKILL == process.wait()
    until(lambda: not rows(database, WAITS))

    stored = len(ids(database))
    assert 0 < stored < MANY
    assert f"nodes: {MANY - stored} imported, {stored} here already, 0 left out\n" == pecan(*words)
    assert wanted == rows(database, SAID)
    assert [] == miscounted(database)


def test_what_is_below_a_missing_node_is_left_out(database: Database, pecan: Pecan, tmp_path: Path) -> None:
    """At any depth, rings too; each is named with its line, again when it is repeated, and taken once it can be."""
    chain = [node(5, 4), node(4, 3), node(3, 99), node(2, 1), node(1), node(7, 8), node(8, 7), node(9, 9)]
    path = dumps.write(tmp_path / "nodes", chain)

    printed = pecan("import_kernelci", "--nodes", str(path), code=1)

    left_out = "".join(
        f"{path}:{line}: its parent {node_id(parent)} {why}\n"
        for line, parent, why in [
            (1, 4, "is left out"), (2, 3, "is left out"), (3, 99, "is not here"), (6, 8, "is left out"),
            (7, 7, "is left out"), (8, 9, "is left out"),
        ]
    )  # fmt: skip
    assert f"{left_out}nodes: 2 imported, 0 here already, 6 left out\n" == printed
    assert [node_id(1), node_id(2)] == ids(database)
    again = pecan("import_kernelci", "--nodes", str(path), code=1)
    assert f"{left_out}nodes: 0 imported, 2 here already, 6 left out\n" == again
    pecan("import_kernelci", "--nodes", str(dumps.write(tmp_path / "more", [node(99)])))
    assert pecan("import_kernelci", "--nodes", str(path), code=1).endswith("3 imported, 2 here already, 3 left out\n")


def test_lines_that_are_no_nodes_are_left_out(database: Database, pecan: Pecan, tmp_path: Path) -> None:
    """Each is named with its number and what is wrong; the others are taken."""
    hostile = [b"{", b"[]", b"\xff", node(1, name="a\0b"), node(2, created="x"), node(3, kind="tea"),
               node(4, data={"error_code": "tea"}), b'{"a":' * 5000, node(5, retry_counter=2**40),
               node(7, kind="\x1b[2J\nnodes:77: ok")]  # fmt: skip
    path = dumps.write(tmp_path / "nodes", [*hostile, node(6, name="'; DROP TABLE nodes; --\n<b>")])

    printed = pecan("import_kernelci", "--nodes", str(path), code=1)

    assert [str(number) for number in range(1, 11)] == [line.split(":")[1] for line in printed.splitlines()[:-1]]
    assert ":10: Unsupported node kind: ?[2J?nodes:77: ok\n" in printed
    assert ":4: holds a NUL character\n" in printed
    assert ":6: Unsupported node kind: tea\n" in printed
    assert printed.endswith("nodes: 1 imported, 0 here already, 10 left out\n")
    assert [node_id(6)] == ids(database)


def test_of_nodes_with_one_id_the_first_counts(database: Database, pecan: Pecan, tmp_path: Path) -> None:
    """Also where it stands before its parent, and the second needs none."""
    both = [node(2, 1, name="first"), node(2, name="second"), node(1)]

    assert pecan("import_kernelci", "--nodes", str(dumps.write(tmp_path / "nodes", both))).startswith("nodes: 2 imp")

    assert ["n1", "first"] == [row.name for row in rows(database, ALL)]


@pytest.mark.parametrize(("content", "code", "part"), [
    (None, 1, "No such file"), (b"\x1f\x8bnothing", 1, "to its end"), (b"", 0, "nodes: 0 imported"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_is_one_line(
    pecan: Pecan, tmp_path: Path, content: Any, code: int, part: str
) -> None:
    """An empty one is a dump of nothing."""
    path = tmp_path / "nodes"
    if content is not None:
        path.write_bytes(content)

    printed = pecan("import_kernelci", "--nodes", str(path), code=code)

    assert part in printed
    assert 1 == len(printed.splitlines())


def test_a_dump_has_to_be_named(pecan: Pecan) -> None:
    """Arguments that make no sense end with 2."""
    assert "name a dump" in pecan("import_kernelci", code=2)


def test_users_keep_ids_groups_and_passwords_that_can_be_compared(
    client: Client, database: Database, pecan: Pecan, tmp_path: Path
) -> None:
    """A hash of another kind fits nothing: that user is named, and asks for a new password by mail."""
    hashed = passwords.hashed(PASSWORD, 16)
    groups = [{"_id": {"$oid": node_id(90)}, "name": "kernelci"}, {"name": "lab-a"}]
    path = dumps.write(tmp_path / "users", [
        user(1, "ann", hashed_password=hashed, groups=groups), user(2, "bob", hashed_password="$2b$12$" + "x" * 53),
        user(3, "cat", hashed_password=hashed, is_active=False),
        user(4, "dan", hashed_password=hashed.replace("m=16", "m=9999999"), is_superuser=True),
    ])  # fmt: skip

    printed = pecan("import_kernelci", "--users", str(path))

    assert printed.endswith("users: 4 imported, 0 here already, 0 left out\n")
    assert ["bob", "dan"] == [line.split()[0] for line in printed.splitlines() if "ask for a new password" in line]
    ann = by_name(database, "ann")
    assert (node_id(1), "ann@example.org", {"kernelci", "lab-a"}) == (ann.id, ann.email, set(ann.groups))
    assert [False, False, False, True] == [by_name(database, n).is_superuser for n in ("ann", "bob", "cat", "dan")]
    api = Api(client)
    assert "ann" == api.get("/latest/whoami", token=api.login("ann")).json["username"]
    for name in ("bob", "cat", "dan"):
        fields = {"username": name, "password": PASSWORD}
        api.post_form("/latest/user/login", fields, status=400)
    assert [] == rows(database, EVENTS)
    assert "users: 0 imported, 4 here already, 0 left out\n" == pecan("import_kernelci", "--users", str(path))


def test_users_of_before_are_administrators_by_their_group(database: Database, pecan: Pecan, tmp_path: Path) -> None:
    """What was in the profile is flat now; the group ``admin`` means nothing to users of today."""
    profile = {
        "username": "old",
        "email": "old@example.org",
        "hashed_password": "",
        "groups": [{"name": "admin"}, {"name": "x"}],
    }
    old = {"_id": {"$oid": node_id(1)}, "active": True, "profile": profile}
    gone = {
        **old,
        "_id": {"$oid": node_id(2)},
        "active": False,
        "profile": {**profile, "username": "gone", "email": "g@e.org", "groups": []},
    }
    path = dumps.write(tmp_path / "users", [old, gone, user(3, "new", groups=[{"name": "admin"}])])

    pecan("import_kernelci", "--users", str(path))

    found = {name: by_name(database, name) for name in ("old", "gone", "new")}
    assert [(True, True, False, ["x"]), (False, False, False, []), (False, True, True, ["admin"])] == [
        (each.is_superuser, each.is_active, each.is_verified, each.groups) for each in found.values()
    ]


def test_users_that_cannot_be_taken_are_left_out(
    database: Database, settings: Settings, pecan: Pecan, tmp_path: Path
) -> None:
    """What is wrong with each is said; who is here under the same name and address is the same user."""
    make_person(database, settings, "root", is_superuser=True)
    wrong = [user(1, "a b\n"), user(2, "x", email=None), user(3, "y", email="y"), user(4, "z", groups=7), b"{",
             {**user(5, "w"), "_id": "w"}, user(6, "root", email="other@example.org"),
             user(7, "other", email="ROOT@example.org")]  # fmt: skip
    path = dumps.write(tmp_path / "users", [*wrong, user(8, "root", email="Root@example.org")])

    printed = pecan("import_kernelci", "--users", str(path), code=1)

    assert f"{path}:7: the username is taken\n{path}:8: the e-mail address is taken\n" in printed
    assert printed.endswith("users: 0 imported, 1 here already, 8 left out\n")
    assert [str(number) for number in range(1, 9)] == [line.split(":")[1] for line in printed.splitlines()[:-1]]
