"""Locks: the table of who may lock and unlock what, for one machine and for many."""

from typing import Any

import orjson
import pytest

from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import Forbidden, Invalid, NotFound, PaddlesError, Unavailable
from paddles.lab import locks, machines
from tests.conftest import NOW
from tests.units import at, changes_of, moment, register, rows


def machine_of(database: Database, name: str = "m") -> Any:
    """Return a machine."""
    return read(database, lambda s: machines.find(s, name))


def update(database: Database, name: str = "m", **said: Any) -> None:
    """Say something of a machine, a minute from now."""
    transact(database, lambda s: locks.update(s, name, said, at(60), missing="node not found"))


def lock_of(database: Database, name: str = "m") -> tuple[Any, ...]:
    """Return what a lock is made of."""
    machine = machine_of(database, name)
    return machine.locked, machine.locked_by, moment(machine.locked_since), machine.description


FREE: dict[str, Any] = {"description": "free"}
HELD: dict[str, Any] = {"locked": True, "locked_by": "ann", "locked_since": NOW, "description": "hers"}
UNTOUCHED = (True, "ann", NOW, "hers")

# before, said, after
ALLOWED = [
    (FREE, {"locked": True, "locked_by": "ann", "description": "d"}, (True, "ann", at(60), "d")),
    (FREE, {"locked": True, "locked_by": "ann", "description": None}, (True, "ann", at(60), None)),
    (FREE, {"locked": True, "locked_by": "ann"}, (True, "ann", at(60), "free")),
    (HELD, {"locked": True, "locked_by": "ann", "description": "hers"}, UNTOUCHED),
    (HELD, {"locked": False, "locked_by": "ann"}, (False, None, None, "hers")),
    (HELD, {"locked": False, "locked_by": "ann", "description": "hers"}, (False, None, None, "hers")),
    (HELD, {"locked": False, "locked_by": "ann", "description": ""}, (False, None, None, "")),
    (HELD, {"locked": False, "locked_by": "ann", "description": None}, (False, None, None, None)),
    (HELD, {"description": "other"}, (True, "ann", NOW, "other")),
    (HELD, {"locked": None, "description": "other"}, (True, "ann", NOW, "other")),
    (FREE, {"locked": None}, (False, None, None, "free")),
    # The moment is the lock's to say, and who unlocks owns nothing.
    (FREE, {"locked": True, "locked_by": "ann", "locked_since": at(-9)}, (True, "ann", at(60), "free")),
    (HELD, {"locked": False, "locked_by": "ann", "locked_since": at(-9)}, (False, None, None, "hers")),
]

LOCKED = "Cannot lock an already-locked node"
REFUSED = [
    (FREE, {"locked": True}, Invalid, "Cannot lock without specifying locked_by"),
    (FREE, {"locked": True, "locked_by": None}, Invalid, "Cannot lock without specifying locked_by"),
    (FREE, {"locked": True, "locked_by": ""}, Invalid, "Cannot lock without specifying locked_by"),
    (FREE, {"locked": False, "locked_by": "ann"}, Forbidden, "Cannot unlock an already-unlocked node"),
    (FREE, {"locked": False}, Forbidden, "Cannot unlock an already-unlocked node"),
    (HELD, {"locked": True, "locked_by": "bob", "description": "hers"}, Forbidden, LOCKED),
    (HELD, {"locked": True, "locked_by": "ann"}, Forbidden, LOCKED),
    (HELD, {"locked": True, "locked_by": "ann", "description": None}, Forbidden, LOCKED),
    (HELD, {"locked": True, "locked_by": "ann", "description": "other"}, Forbidden, LOCKED),
    (HELD, {"locked": True}, Forbidden, LOCKED),
    (HELD, {"locked": False}, Invalid, "Cannot unlock without specifying locked_by"),
    (HELD, {"locked": False, "locked_by": ""}, Invalid, "Cannot unlock without specifying locked_by"),
    (HELD, {"locked": False, "locked_by": "bob"}, Forbidden, "Cannot unlock - locked_by values must match"),
    (HELD, {"locked": False, "locked_by": "Ann"}, Forbidden, "Cannot unlock - locked_by values must match"),
    (
        HELD,
        {"locked": False, "locked_by": "ann", "description": "other"},
        Forbidden,
        "Cannot unlock - description values must match",
    ),
]


@pytest.mark.parametrize(("before", "said", "after"), ALLOWED)
def test_what_a_lock_allows(
    database: Database, before: dict[str, Any], said: dict[str, Any], after: tuple[Any, ...]
) -> None:
    """The owner may lock a free machine, say the same again, and unlock; what else is said is stored."""
    register(database, **before)

    update(database, **said, os_type="rocky")

    assert after == lock_of(database)
    assert "rocky" == machine_of(database).os_type


@pytest.mark.parametrize(("before", "said", "error", "message"), REFUSED)
def test_what_a_lock_refuses(
    database: Database, before: dict[str, Any], said: dict[str, Any], error: type[PaddlesError], message: str
) -> None:
    """Everything else is refused in the archive's own words, and nothing at all is changed."""
    register(database, **before)
    untouched = machine_of(database)

    with pytest.raises(error) as caught:
        update(database, **said, os_type="rocky")

    assert message == str(caught.value)
    assert untouched == machine_of(database)
    assert [] == changes_of(database, "machine")


def test_a_machine_that_is_not_there_is_not_locked(database: Database) -> None:
    """The caller's words for it are used."""
    with pytest.raises(NotFound, match=r"^node not found$"):
        update(database, "nowhere", locked=True, locked_by="ann")


def test_each_change_of_a_lock_is_one_event(database: Database) -> None:
    """Locked and unlocked, by whom; saying the same again is no change."""
    register(database, **FREE)
    for said in ({"locked": True, "description": "d"}, {"locked": True, "description": "d"}, {"locked": False}):
        update(database, locked_by="ann", **said)

    events = changes_of(database, "machine")

    assert ["machine.locked", "machine.unlocked"] == [event.type for event in events]
    assert {"nodes/m"} == {event.subject for event in events}
    assert {"machine": "m", "by": "ann"} == orjson.loads(events[0].data) == orjson.loads(events[1].data)


def lock_many(database: Database, count: int, types: tuple[str, ...] = ("smithi",), **more: Any) -> list[str]:
    """Lock machines for ann and return their names."""
    wanted = {"count": count, "locked_by": "ann", "description": "d", "machine_types": list(types), **more}
    return [row.name for row in transact(database, lambda s: locks.lock_many(s, wanted, at(60)))]


@pytest.fixture
def lab(database: Database) -> Database:
    """A lab of three free smithis, one that is down, one nobody knows of, one in use, and a gibba."""
    for number in (1, 2, 3):
        version = "9" if number < 3 else "10"
        register(database, f"s{number}", machine_type="smithi", up=True, os_type="rocky", os_version=version)
    register(database, "down", machine_type="smithi", up=False)
    register(database, "unheard", machine_type="smithi", up=None)
    register(database, "used", machine_type="smithi", up=True, locked=True, locked_by="ann", description="d")
    register(database, "g1", machine_type="gibba", up=True, arch="aarch64")
    return database


@pytest.mark.parametrize(
    ("count", "types", "more", "expected"),
    [
        (2, ("smithi",), {}, ["s1", "s2"]),
        (3, ("smithi",), {}, ["s1", "s2", "s3"]),
        (1, ("gibba",), {}, ["g1"]),
        (4, ("smithi", "gibba"), {}, ["g1", "s1", "s2", "s3"]),
        (1, ("smithi",), {"os_version": "10"}, ["s3"]),
        (2, ("smithi",), {"os_type": "rocky", "os_version": "9"}, ["s1", "s2"]),
        (1, ("smithi", "gibba"), {"arch": "aarch64"}, ["g1"]),
        (1, ("smithi",), {"os_type": None, "os_version": None, "arch": None}, ["s1"]),
    ],
)
def test_free_machines_are_locked_together(
    lab: Database, count: int, types: tuple[str, ...], more: dict[str, Any], expected: list[str]
) -> None:
    """So many machines that are up, free and as wanted are locked, and returned as they then are."""
    assert expected == lock_many(lab, count, types, **more)
    assert {(True, "ann", at(60), "d")} == {lock_of(lab, name) for name in expected}
    assert len(expected) == len(changes_of(lab, "machine"))


@pytest.mark.parametrize(
    ("count", "types", "more", "available"),
    [
        (4, ("smithi",), {}, 3),
        (1, ("mira",), {}, 0),
        (1, (), {}, 0),
        (2, ("smithi",), {"os_version": "10"}, 1),
        (1, ("smithi",), {"arch": "aarch64"}, 0),
        (1_000_000, ("smithi", "gibba"), {}, 4),
    ],
)
def test_too_few_machines_are_not_locked_at_all(
    lab: Database, count: int, types: tuple[str, ...], more: dict[str, Any], available: int
) -> None:
    """All or none; the message says how many there are. What the asker holds already does not count."""
    with pytest.raises(Unavailable, match=f"^only {available} nodes available$"):
        lock_many(lab, count, types, **more)

    assert [("used",)] == rows(lab, "SELECT name FROM machines WHERE locked")
    assert [] == changes_of(lab, "machine")


def test_a_guest_is_returned_with_its_host(lab: Database) -> None:
    """A locked virtual machine shows the machine that it runs on."""
    register(lab, "v1", machine_type="vps", up=True, is_vm=True, vm_host="g1")
    wanted = {"count": 1, "locked_by": "ann", "description": None, "machine_types": ["vps"]}

    (row,) = transact(lab, lambda s: locks.lock_many(s, wanted, NOW))

    assert ("v1", True, "g1", "aarch64") == (row.name, row.locked, row.host_name, row.host_arch)


def unlock_many(database: Database, names: list[str], locked_by: str = "ann") -> list[str]:
    """Unlock machines and return their names."""
    return [row.name for row in transact(database, lambda s: locks.unlock_many(s, names, locked_by, at(90)))]


def test_machines_are_unlocked_together(lab: Database) -> None:
    """All of them, in the order asked for, each once; their descriptions stay, each is one event."""
    lock_many(lab, 3)

    assert ["s3", "s1"] == unlock_many(lab, ["s3", "s1", "s3"])

    assert (False, None, None, "d") == lock_of(lab, "s1") == lock_of(lab, "s3")
    assert lock_of(lab, "s2")[0]
    assert ["nodes/s1", "nodes/s3"] == sorted(
        event.subject for event in changes_of(lab, "machine") if event.type == "machine.unlocked"
    )


@pytest.mark.parametrize(
    ("names", "locked_by", "error", "message"),
    [
        (["s1", "nowhere"], "ann", Invalid, "Could not find all nodes!"),
        (["s1", "s3"], "ann", Forbidden, "Cannot unlock an already-unlocked node"),
        (["s1", "s2"], "bob", Forbidden, "Cannot unlock - locked_by values must match"),
        (["s1"], "", Invalid, "Cannot unlock without specifying locked_by"),
    ],
)
def test_machines_are_unlocked_all_or_none(
    lab: Database, names: list[str], locked_by: str, error: type[PaddlesError], message: str
) -> None:
    """One that is not there, not locked or somebody else's keeps all of them locked."""
    lock_many(lab, 2)

    with pytest.raises(error) as caught:
        unlock_many(lab, names, locked_by)

    assert message == str(caught.value)
    assert [("s1",), ("s2",), ("used",)] == rows(lab, "SELECT name FROM machines WHERE locked ORDER BY name")
