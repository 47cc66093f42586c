"""MAC addresses: one spelling, one machine each."""

import pytest

from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.errors import Invalid
from paddles.lab import asking, machines, macs
from tests.conftest import NOW
from tests.units import rows

MAC = "52-54-00-ab-cd-ef"


def assign(database: Database, mac: str = MAC, name: str = "vm-1", group: str = "vm") -> None:
    """Have a machine be known by an address."""
    transact(database, lambda s: macs.assign(s, mac, name, group))


def forget(database: Database, mac: str = MAC) -> None:
    """Have no machine be known by an address."""
    transact(database, lambda s: macs.forget(s, mac))


def known(database: Database, mac: str = MAC) -> str | None:
    """Return the machine that an address stands for."""
    found = transact(database, lambda s: asking.by_mac(s, mac, NOW))
    return str(found.name) if found else None


@pytest.mark.parametrize("said", [
    MAC, "52:54:00:ab:cd:ef", "52-54-00-AB-CD-EF", "52:54:00:Ab:cD:EF", "52-54:00-ab:cd-ef"])  # fmt: skip
def test_an_address_has_one_spelling(said: str) -> None:
    """Small letters and dashes, however it is said."""
    assert MAC == macs.normal(said)


@pytest.mark.parametrize("said", [
    "", "52", "525400abcdef", "52-54-00-ab-cd", "52-54-00-ab-cd-ef-00", "52-54-00-ab-cd-eg", "52.54.00.ab.cd.ef",
    " 52-54-00-ab-cd-ef", "52-54-00-ab-cd-ef\n", "52-54-00-ab-cd-ef'", "5２-54-00-ab-cd-ef", "0x-54-00-ab-cd-ef",
    "../../etc/passwd", "52-54-00-ab-cd-e\0", "x" * 100_000,
])  # fmt: skip
def test_what_is_no_address_is_refused(database: Database, said: str) -> None:
    """Nothing is stored, nobody is registered."""
    for use in (macs.normal, lambda mac: assign(database, mac), lambda mac: forget(database, mac)):
        with pytest.raises(Invalid, match=r"^mac must be a MAC address such as 52-54-00-12-34-56$"):
            use(said)

    assert [] == rows(database, "SELECT mac FROM macs")


def test_an_address_registers_its_machine(database: Database) -> None:
    """Under its name, to ask the queue of its group."""
    assign(database)

    assert "vm-1" == known(database)
    assert [("vm-1", ["vm"])] == rows(database, "SELECT name, queues FROM machines")


def test_a_machine_that_was_told_what_to_ask_keeps_to_it(database: Database) -> None:
    """A further address changes nothing of that."""
    transact(database, lambda s: asking.set_queues(s, "vm-1", ["a", "b"]))

    assign(database)

    assert [(["a", "b"],)] == rows(database, "SELECT queues FROM machines")


def test_an_address_is_one_machines(database: Database) -> None:
    """The last that was named; a machine may have several."""
    assign(database)
    assign(database)
    assign(database, "52-54-00-00-00-01")
    assign(database, MAC, "vm-2")

    assert ["vm-2", "vm-1"] == [known(database), known(database, "52-54-00-00-00-01")]


def test_a_forgotten_address_is_nobodys(database: Database) -> None:
    """Twice is as good as once; the machine stays."""
    assign(database)

    for _ in range(2):
        forget(database, "52:54:00:AB:CD:EF")

    assert known(database) is None
    assert [("vm-1",)] == rows(database, "SELECT name FROM machines")


def test_a_deleted_machine_leaves_no_address(database: Database) -> None:
    """It is not known any more when it asks."""
    assign(database)

    transact(database, lambda s: machines.delete(s, "vm-1"))

    assert known(database) is None
