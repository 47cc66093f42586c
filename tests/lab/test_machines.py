"""Machines: registered, described, found, deleted, and linked to the jobs that name them."""

from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import Conflict, Invalid, NotFound
from paddles.lab import locks, machines
from tests.conftest import NOW
from tests.units import accept, at, changes_of, moment, register, rows, submit


def machine_of(database: Database, name: str = "m") -> Any:
    """Return a machine, with its host."""
    return read(database, lambda s: machines.find(s, name))


def links(database: Database) -> list[tuple[str, str]]:
    """Return the keys of jobs and the names of the machines that they are linked to."""
    statement = """
        SELECT jobs.key, machines.name FROM job_machines JOIN jobs ON jobs.id = job_id
        JOIN machines ON machines.id = machine_id ORDER BY key, name"""
    return [tuple(row) for row in rows(database, statement)]


def test_a_machine_that_nobody_described_is_free_and_unheard_of(database: Database) -> None:
    """Registered by its name alone, a machine is unlocked, no guest, and neither up nor down."""
    register(database)

    machine = machine_of(database)
    assert ("m", False, False) == (machine.name, machine.locked, machine.is_vm)
    said = set(machines.SHOWN) - {"id", "name", "locked", "is_vm"}
    assert {None} == {machine._mapping[field] for field in said}


def test_what_is_said_of_a_machine_is_kept(database: Database) -> None:
    """Every field is stored as given, an empty text too, and shown again."""
    said = {
        "description": "", "up": True, "machine_type": "t", "arch": "a", "os_type": "o", "os_version": "22.04",
        "is_vm": True, "locked": True, "locked_by": "ann", "locked_since": at(-5), "mac": "00:11", "ssh_pub_key": "k",
    }  # fmt: skip
    register(database, **said)

    machine = machine_of(database)
    shown = {**machine._mapping, "locked_since": moment(machine.locked_since)}
    assert said == {field: shown[field] for field in said}


@pytest.mark.parametrize("locked_by", [None, "ann"])
def test_a_machine_may_be_locked_from_the_start(database: Database, locked_by: str | None) -> None:
    """With an owner or without; it is locked since now unless another moment is given."""
    register(database, locked=True, locked_by=locked_by)

    assert (True, locked_by, NOW) == (
        machine_of(database).locked, machine_of(database).locked_by, moment(machine_of(database).locked_since),
    )  # fmt: skip


def test_a_name_is_taken_once(database: Database) -> None:
    """A second machine of the name is a conflict and changes nothing."""
    register(database, arch="a")

    with pytest.raises(Conflict, match=r"^Node with name m already exists$"):
        register(database, arch="b")

    assert "a" == machine_of(database).arch


@pytest.mark.parametrize("name", ["m", "smithi001.front.example.com", "a b", "ü", "x" * 256, "jobs", "lock"])
def test_what_a_machine_may_be_called(name: str) -> None:
    """Any text of up to 256 characters."""
    assert name == machines.check_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "x" * 257, "a\n", "\x00", "a\x7f", ".", "..", "lock_many", "unlock_many", "machine_types", "job_stats"],
)
def test_what_no_machine_is_called(database: Database, name: str) -> None:
    """Nothing, too much, control characters and the words of the service's own addresses."""
    with pytest.raises(Invalid):
        register(database, name)
    with pytest.raises(Invalid):
        submit(database, targets={f"ubuntu@{name}": "key"})

    assert [] == rows(database, "SELECT FROM machines")


def test_a_guest_shows_its_host(database: Database) -> None:
    """A host is named, shown whole, replaced and taken away again."""
    register(database, "h1", arch="x86_64")
    register(database, "h2")
    register(database, "v", vm_host="h1", is_vm=True)
    assert ("h1", "x86_64") == (machine_of(database, "v").host_name, machine_of(database, "v").host_arch)

    for host in ("h2", None):
        transact(database, lambda s, host=host: locks.update(s, "v", {"vm_host": host}, NOW, missing=""))
        assert host == machine_of(database, "v").host_name


def test_a_host_must_exist(database: Database) -> None:
    """An unknown host is refused by name, when registering and when describing; nothing is changed."""
    register(database, "v", arch="a")

    with pytest.raises(Invalid, match=r"vm_host: there is no node called h"):
        register(database, "w", vm_host="h")
    with pytest.raises(Invalid, match=r"vm_host: there is no node called h"):
        transact(database, lambda s: locks.update(s, "v", {"vm_host": "h", "arch": "b"}, NOW, missing=""))

    assert [("v", "a")] == rows(database, "SELECT name, arch FROM machines")


def test_a_deleted_host_leaves_its_guests(database: Database) -> None:
    """Guests lose their host, jobs their link; both stay."""
    register(database, "h")
    register(database, "v", vm_host="h")
    submit(database, targets={"u@h": "k", "u@v": "k"})

    transact(database, lambda s: machines.delete(s, "h"))

    assert machine_of(database, "v").host_name is None
    assert [("1", "v")] == links(database)
    told = [(event.type, event.subject) for event in changes_of(database, "machine")]
    assert [("machine.deleted", "nodes/h")] == told


def test_what_is_not_there_is_neither_found_nor_deleted(database: Database) -> None:
    """A name that nobody registered is refused in the archive's own words."""
    register(database, "m")

    for missing in ("", "M", "m%"):
        with pytest.raises(NotFound, match=r"^node not found$"):
            machine_of(database, missing)
        with pytest.raises(NotFound, match=r"^node not found$"):
            transact(database, lambda s, missing=missing: machines.delete(s, missing))


@pytest.fixture
def lab(database: Database) -> Database:
    """Four machines, no two alike, and one of which only the name is known."""
    register(database, "d", machine_type="smithi", up=True, locked=True, locked_by="ann", os_type="rocky")
    register(database, "c", machine_type="smithi", up=True, os_type="ubuntu", os_version="22.04")
    register(database, "b", machine_type="smithi", up=False, arch="x86_64")
    register(database, "a", machine_type="gibba", up=True, locked=True, locked_by="bob", arch="aarch64")
    register(database, "e")
    return database


@pytest.mark.parametrize(
    ("wanted", "limit", "expected"),
    [
        ({}, None, "abcde"),
        ({"machine_types": None}, None, "abcde"),
        ({"machine_types": ["smithi"]}, None, "bcd"),
        ({"machine_types": ["gibba", "smithi"]}, None, "abcd"),
        ({"machine_types": ["smit"]}, None, ""),
        ({"machine_types": []}, None, ""),
        ({"locked": True}, None, "ad"),
        ({"locked": False}, None, "bce"),
        ({"up": True}, None, "acd"),
        ({"up": False}, None, "b"),  # not those of which nobody said whether they work
        ({"os_type": "rocky"}, None, "d"),
        ({"os_version": "22.04"}, None, "c"),
        ({"arch": "aarch64"}, None, "a"),
        ({"locked_by": "ann"}, None, "d"),
        ({"machine_types": ["smithi"], "up": True, "locked": False}, None, "c"),
        ({}, 2, "ab"),
        ({}, 0, ""),
        ({"locked_by": "%"}, None, ""),
    ],
)
def test_machines_are_found_by_what_they_are(
    lab: Database, wanted: dict[str, Any], limit: int | None, expected: str
) -> None:
    """Each value given must match; by name, as many as asked for."""
    assert expected == "".join(row[0] for row in read(lab, lambda s: machines.listed(s, wanted, limit)))


def test_types_are_listed_once(lab: Database) -> None:
    """Every type there is, sorted; no type is none."""
    register(lab, "f", machine_type="")

    assert ["gibba", "smithi"] == read(lab, machines.types)


def test_targets_are_linked_and_registered(database: Database) -> None:
    """A job is linked to what its targets name, with a user in front or without; new machines get the job's type."""
    register(database, "known", machine_type="gibba", up=True)

    submit(database, machine_type="smithi", targets={"ubuntu@known": "k", "new": "k", "a@b@c": None})

    assert [("1", "c"), ("1", "known"), ("1", "new")] == links(database)
    described = rows(database, "SELECT name, machine_type, up, locked FROM machines ORDER BY name")
    assert [("c", "smithi", None, False), ("known", "gibba", True, False), ("new", "smithi", None, False)] == described


@pytest.mark.parametrize("targets", [None, {}])
def test_no_targets_are_no_links(database: Database, targets: dict[str, str] | None) -> None:
    """A job without machines is linked to none, and loses none that it had."""
    submit(database, targets={"u@m": "k"})
    accept(database, now=at(1), targets=targets)
    submit(database, "r", "2", targets=targets)

    assert [("1", "m")] == links(database)


def test_links_are_added_and_never_taken_away(database: Database) -> None:
    """Replaced targets, of equal number too, are linked as well: the job ran on all of them."""
    submit(database, targets={"u@m1": "k"})
    for targets in ({"u@m2": "k"}, {"u@m1": "k", "u@m3": "k"}, {"u@m2": "other key"}):
        accept(database, now=at(1), targets=targets)

    assert [("1", "m1"), ("1", "m2"), ("1", "m3")] == links(database)


def test_a_report_may_name_machines_in_any_number(database: Database) -> None:
    """Two hundred targets are linked as two are."""
    submit(database, targets={f"u@m{number}": "k" for number in range(200)})

    assert 200 == len(links(database))
