"""Labs: what their devices did with their time, and what became of what they sent, against a look at every second."""

import datetime
import random
from collections.abc import Sequence

import pytest

from paddles.archive import files, receipts
from paddles.dashboards import labs
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.errors import NotFound
from paddles.kernels import refusals
from paddles.kernels.refusals import Refused
from paddles.listing import stretches
from paddles.listing.stretches import Stretch
from tests.conftest import NOW
from tests.controllers.test_statements import counted
from tests.kernels.rows import make_boot
from tests.units import register

HOUR, SECOND = datetime.timedelta(hours=1), datetime.timedelta(seconds=1)
STRETCH = stretches.stretch(NOW - 6 * HOUR, NOW, "hour")
LONG_AGO = NOW - 1000 * HOUR


def boot(database: Database, number: int, begin: int | None = None, end: int = 0, **said: str) -> None:
    """Have a lab tell of a boot, which was from one second of the stretch to another."""
    times = {} if begin is None else {"details": {"started": (STRETCH.since + begin * SECOND).isoformat()}}
    ended = {} if begin is None else {"ended": STRETCH.since + end * SECOND}
    happened = STRETCH.since + end * SECOND
    make_boot(database, number, now=min(happened, NOW - SECOND), **times, **ended, **said)  # type: ignore[arg-type]


def send(database: Database, lab: str, states: Sequence[str], now: datetime.datetime = NOW - HOUR) -> None:
    """Have a lab send documents of which this became: ``refused``, ``failed``, or ``processed``."""
    for number, state in enumerate(states):
        name = f"{lab} {number} {now}"
        digest = name.encode().ljust(32)[:32]

        def work(session: Session, state: str = state, name: str = name, digest: bytes = digest) -> None:
            if state == "refused":
                refusals.note(session, Refused("lava", "no", lab), now)
                return
            files.expect(session, {digest: 1}, now)
            made, _ = receipts.note(session, receipts.New("lava", name, digest, lab), now)
            receipts.take_some(session, now, 10)
            receipts.end(session, made, "" if state == "processed" else "no", now)

        transact(database, work)


def busy(spells: Sequence[tuple[int, int]], first: int = 0, last: int = 6 * 3600) -> int:
    """Return in how many seconds something was going on."""
    return sum(any(begin <= second < end for begin, end in spells) for second in range(first, last))


def told(database: Database, stretch: Stretch = STRETCH) -> list[labs.Lab]:
    """Return all labs."""
    return read(database, lambda session: labs.labs(session, stretch))


def test_time_is_counted_once(database: Database) -> None:
    """However many jobs of a device overlap or reach beyond the stretch, in sum, by device, and in each step."""
    dice, spells = random.Random(7), {"a": [(-500, 100), (21_000, 30_000)], "b": list[tuple[int, int]]()}
    for device in spells:
        begins = [dice.randrange(0, 20_000) for _ in range(6)]
        spells[device] += [(begin, begin + dice.randrange(1, 3000)) for begin in begins]
    for number, (device, begin, end) in enumerate((d, *spell) for d, each in spells.items() for spell in each):
        boot(database, number, begin, end, device=device)

    (lab,) = told(database)
    devices = read(database, lambda session: labs.devices(session, "lab-a", STRETCH))
    steps = read(database, lambda session: labs.busy(session, "lab-a", STRETCH)).series[0].points

    wanted = {device: busy(each) for device, each in spells.items()}
    assert wanted == {device.name: device.busy for device in devices}
    assert (sum(wanted.values()), round(sum(wanted.values()) / (2 * 6 * 3600), 4)) == (lab.busy, lab.utilisation)
    by_hour = [sum(busy(each, at * 3600, (at + 1) * 3600) for each in spells.values()) for at in range(6)]
    assert by_hour == [point.values["busy"] for point in steps]


def test_what_nobody_said_nobody_knows(database: Database) -> None:
    """How busy a device was whose lab says no times, or impossible ones; what a lab writes where they stand is text."""
    boot(database, 1, device="a")
    boot(database, 2, 100, 50, device="b")
    make_boot(database, 3, now=NOW - HOUR, device="c", details={"started": "by nobody"})

    (lab,) = told(database)

    assert (3, None, None) == (lab.devices, lab.busy, lab.utilisation)


@pytest.mark.parametrize(
    ("results", "up", "offline"),
    [
        (("pass", "offline"), None, True),
        (("offline", "pass"), None, False),
        (("pass",), False, True),
        (("pass",), True, False),
        (("fail",), None, False),
    ],
)
def test_a_device_is_offline(database: Database, results: Sequence[str], up: bool | None, offline: bool) -> None:
    """By its last boot, or by what is said of its machine."""
    register(database, "board-1", up=up)
    for number, result in enumerate(results):
        boot(database, number, number, number + 1, device="board-1", result=result)

    (lab,) = told(database)

    assert offline == bool(lab.offline)
    (device,) = read(database, lambda session: labs.devices(session, "lab-a", STRETCH))
    assert (offline, "board-1", results[-1]) == (device.offline, device.machine, device.result)


def test_what_labs_send_is_counted(database: Database) -> None:
    """What was refused and what cannot be read are errors; what came before the stretch, or from nobody, is not."""
    send(database, "l", ["refused", "failed", "processed", "processed"])
    send(database, "l", ["failed"], LONG_AGO)
    send(database, "", ["refused"])
    send(database, "m", ["processed"], NOW - 2 * HOUR)

    first, second = told(database)

    assert ("l", 4, 1, 1, 0.5) == (first.name, first.callbacks, first.refused, first.unread, first.error_rate)
    assert ("m", 1, 0.0, NOW - 2 * HOUR) == (second.name, second.callbacks, second.error_rate, second.last_callback)


def test_a_lab_that_fell_silent_is_not_forgotten(database: Database) -> None:
    """With how long ago it last booted, of any of its boards; boots that have no lab are of none."""
    for number, board in enumerate(("x", "y", "z")):
        make_boot(database, number, now=LONG_AGO + number * HOUR, board=board)
    make_boot(database, 9, lab="", now=NOW - HOUR)

    (lab,) = told(database)

    assert ("lab-a", 3, 0, LONG_AGO + 2 * HOUR, None) == (
        lab.name, lab.boards, lab.boots, lab.last_boot, lab.error_rate
    )  # fmt: skip
    assert lab == read(database, lambda session: labs.one(session, "lab-a", STRETCH))
    with pytest.raises(NotFound):
        read(database, lambda session: labs.one(session, "lab-b", STRETCH))


def test_one_statement_however_much_there_is(database: Database) -> None:
    """Of many labs, boards and devices."""
    for number in range(12):
        boot(database, number, 1, 2, lab=f"l{number % 3}", board=f"b{number % 4}", device=f"d{number}")

    with counted() as statements:
        assert [4, 4, 4] == [lab.boards for lab in told(database)]
    assert 1 == len(statements)
