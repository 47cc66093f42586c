"""MAC addresses: by which a machine is known before it has booted."""

import re

from sqlalchemy import text

from paddles.db.session import Session
from paddles.errors import Invalid
from paddles.lab import machines

MAC = re.compile(r"[0-9a-f]{2}(?:-[0-9a-f]{2}){5}")

SET = text("""
    INSERT INTO macs (mac, machine_id) VALUES (:mac, :machine_id)
    ON CONFLICT (mac) DO UPDATE SET machine_id = excluded.machine_id WHERE macs.machine_id <> excluded.machine_id
""")
GROUP = text("UPDATE machines SET queues = ARRAY[:group] WHERE id = :id AND queues = '{}'")
FORGET = text("DELETE FROM macs WHERE mac = :mac")


def normal(said: str) -> str:
    """Return a MAC address as it is stored: six pairs of small hexadecimal digits with dashes between.

    Raises:
        Invalid: it is none; colons and capitals are taken.
    """
    mac = said.lower().replace(":", "-")
    if not MAC.fullmatch(mac):
        raise Invalid("mac must be a MAC address such as 52-54-00-12-34-56")
    return mac


def assign(session: Session, mac: str, name: str, group: str) -> None:
    """Have the machine ``name``, registered when nobody knows it, be known by ``mac``, and nobody else any more.

    It asks the queue ``group`` unless it was told which to ask.

    Raises:
        Invalid: one of the two is none.
    """
    machine_id = machines.ensure(session, name)
    session.later(GROUP, {"id": machine_id, "group": group})
    session.later(SET, {"mac": normal(mac), "machine_id": machine_id})


def forget(session: Session, mac: str) -> None:
    """Have no machine be known by ``mac``. Raises Invalid when it is no MAC address."""
    session.execute(FORGET, {"mac": normal(mac)})
