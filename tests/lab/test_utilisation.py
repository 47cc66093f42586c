"""What machines did with their time, against a look at every minute of it."""

import datetime
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.lab import locks, records, utilisation
from paddles.listing import stretches
from paddles.listing.stretches import Chart
from tests.conftest import NOW
from tests.units import accept, changes_of, register, submit

MINUTE = datetime.timedelta(minutes=1)
HOURS = 6
STRETCH = stretches.stretch(NOW - HOURS * 60 * MINUTE, NOW, "hour")
EVENT = text("""
    INSERT INTO events (at, channel, type, subject, data, owner)
    VALUES (:at, 'machine', :type, :subject, CAST(:data AS jsonb), :owner)
""")


@dataclass
class Machine:
    """A machine, what it is now, and when, in minutes of the stretch, it became something else."""

    name: str
    kind: str
    locked: bool
    up: bool
    locks: dict[int, bool] = field(default_factory=dict)
    ups: dict[int, bool] = field(default_factory=dict)
    jobs: list[tuple[int, int | None]] = field(default_factory=list)
    made: int = -1000

    def state(self, minute: int) -> str | None:
        """Return what it was doing in a minute."""
        if minute < self.made:
            return None
        if any(begin <= minute and (end is None or minute < end) for begin, end in self.jobs):
            return "running"
        if not so(self.ups, minute, now=self.up):
            return "down"
        return "locked" if so(self.locks, minute, now=self.locked) else "free"


def so(changes: dict[int, bool], minute: int, *, now: bool) -> bool:
    """Return what is so in a minute, by changes, of which the first says what was not so before it."""
    before = [value for at, value in sorted(changes.items()) if at <= minute]
    if before:
        return before[-1]
    return not changes[min(changes)] if changes else now


def some(dice: random.Random, name: str) -> Machine:
    """Return a machine to which something happened."""
    made = Machine(name, dice.choice(("a", "b")), dice.random() < 0.3, dice.random() < 0.8)
    made.locks = {dice.randrange(HOURS * 60): dice.random() < 0.5 for _ in range(dice.choice((0, 1, 5)))}
    made.ups = {dice.randrange(HOURS * 60): dice.random() < 0.5 for _ in range(dice.choice((0, 0, 3)))}
    begins = sorted(dice.randrange(-60, HOURS * 60) for _ in range(dice.choice((0, 2, 4))))
    made.jobs = [(begin, begin + dice.randrange(1, 120)) for begin in begins if begin < HOURS * 60 - 130]
    made.jobs += [(begin, None) for begin in begins[-1:] if dice.random() < 0.3]
    made.made = dice.choice((-1000, -1000, 30))
    return made


def moment(minute: int) -> datetime.datetime:
    """Return when a minute of the stretch begins."""
    return STRETCH.since + minute * MINUTE


def put(database: Database, machine: Machine) -> None:
    """Make a machine as it is now, and what happened to it."""
    register(database, machine.name, machine_type=machine.kind, locked=machine.locked, locked_by="u", up=machine.up)
    for begin, end in machine.jobs:
        key = f"{machine.name}-{begin}-{end}"
        submit(database, "r", key, now=moment(begin), status="running", targets={f"u@{machine.name}": "k"})
        if end is not None:
            accept(database, "r", key, now=moment(end), status="pass")

    def happened(session: Session) -> None:
        tell(session, machine.made, "machine.created", machine.name, "{}")
        for at, locked in machine.locks.items():
            tell(session, at, "machine.locked" if locked else "machine.unlocked", machine.name, "{}")
        for at, up in machine.ups.items():
            tell(session, at, "machine.updated", machine.name, f'{{"up": {str(up).lower()}}}')

    transact(database, happened)


def tell(session: Session, minute: int, kind: str, name: str, data: str, owner: str | None = None) -> None:
    """Put an event into the log that happened in a minute."""
    said = {"at": moment(minute), "type": kind, "subject": f"nodes/{name}", "data": data, "owner": owner}
    session.execute(EVENT, said)


def drawn(database: Database, *kinds: str) -> Chart:
    """Return what the machines did."""
    return read(database, lambda session: utilisation.utilisation(session, STRETCH, NOW, kinds))


@pytest.mark.parametrize("seed", range(8))
def test_each_minute_is_counted_once(database: Database, seed: int) -> None:
    """In its hour, of the type of its machine, as what the machine did then; all of them together are all there is."""
    dice = random.Random(seed)
    machines = [some(dice, f"m{number}") for number in range(6)]
    register(database, "other", machine_type="other")
    for machine in machines:
        put(database, machine)
    expected: dict[str, Counter[Any]] = {"a": Counter(), "b": Counter()}
    for machine in machines:
        for minute in range(HOURS * 60):
            if state := machine.state(minute):
                expected[machine.kind][moment(minute // 60 * 60), state] += 60

    found = {series.key: series.points for series in drawn(database, "a", "b").series}

    for kind, points in found.items():
        told = {(point.at, state): point.values[state] for point in points for state in utilisation.STATES}
        assert {key: seconds for key, seconds in told.items() if seconds} == pytest.approx(expected[kind])
        for point in points:
            assert point.values["all"] == pytest.approx(sum(point.values[state] for state in utilisation.STATES))
    assert {kind for kind, seconds in expected.items() if seconds} == set(found)


def test_what_users_say_on_the_channel_is_not_looked_at(database: Database) -> None:
    """Whatever it looks like."""
    put(database, Machine("m", "a", locked=False, up=True))

    def said(session: Session) -> None:
        tell(session, 1, "machine.locked", "m", "{}", owner="somebody")
        for data in ('{"up": "no"}', '{"up": [1]}', "[]", '"up"', "null"):
            tell(session, 2, "machine.updated", "m", data)

    transact(database, said)
    (series,) = drawn(database).series

    assert {"free"} == {state for point in series.points for state in utilisation.STATES if point.values[state]}


def test_what_is_still_to_come_is_not_counted(database: Database) -> None:
    """Nobody knows what machines will do."""
    put(database, Machine("m", "a", locked=False, up=True))
    later = stretches.stretch(NOW - 30 * MINUTE, NOW + 300 * MINUTE, "hour")

    (series,) = read(database, lambda session: utilisation.utilisation(session, later, NOW)).series

    assert 30 * 60 == sum(point.values["all"] for point in series.points)


def test_an_event_says_when_a_machine_comes_up_or_goes_down(database: Database) -> None:
    """With or without a lock at the same time, and only where it was not so before."""
    register(database, "m", up=True)
    for said in ({"up": True}, {"up": False}, {"locked": True, "locked_by": "u", "up": True}, {"description": "d"}):
        transact(database, lambda session, said=said: locks.update(session, "m", said, NOW, missing="gone"))

    told = [event.data for event in changes_of(database, "machine")]

    assert [False, True, None] == [orjson.loads(data).get("up") for data in told]


def test_machines_are_measured_by_others_of_their_type(database: Database) -> None:
    """A job counts for each machine that it was on, by how it ended; others of the type say what is usual."""
    for name, kind, outcomes in (
        ("a1", "a", "pppppppppp"),
        ("a2", "a", "pffffffd"),
        ("b1", "b", "ffffff"),
        ("b2", "b", ""),
    ):
        register(database, name, machine_type=kind)
        for number, letter in enumerate(outcomes):
            status = {"p": "pass", "f": "fail", "d": "dead"}[letter]
            now = NOW - (number + 1) * MINUTE
            submit(database, "r", f"{name}-{number}", now=now, status=status, targets={f"u@{name}": "k"})

    found = read(database, lambda session: records.records(session, STRETCH))

    assert [
        records.Record("a1", "a", 10, 0, 0, 1.0, 0.6471, bad=False),
        records.Record("a2", "a", 1, 6, 1, 0.1429, 0.6471, bad=True),
        records.Record("b1", "b", 0, 6, 0, 0.0, 0.0, bad=False),
    ] == found
    assert found[2:] == read(database, lambda session: records.records(session, STRETCH, ["b", "c"]))
