"""What a cluster is: machines, their roles and addresses; and the jobs that one job becomes on it. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from paddles.boot.values import machine_name
from paddles.errors import Invalid

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
ROLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
MAC = re.compile(r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}")
IF_ROLE = re.compile(r"if role ([\w ]+)")
NETWORK = "192.168.222"
MOST = 100


class Machine(NamedTuple):
    """A machine of a cluster."""

    name: str
    roles: tuple[str, ...]
    macs: tuple[str, ...]
    ips: tuple[str, ...]


def machines(definition: Any) -> list[Machine]:
    """Return the machines of a cluster file, in its order, each with an address for each of its direct links.

    It is ``{nodes: {<machine>: {roles: [...], macs: [...]}}, ip0: <number>}``, or those nodes alone.

    Raises:
        Invalid: it is something else.
    """
    if not isinstance(definition, Mapping):
        raise Invalid("a cluster is a mapping of machines")
    nodes = definition.get("nodes", {name: each for name, each in definition.items() if name != "ip0"})
    first = definition.get("ip0", 1)
    if not isinstance(nodes, Mapping) or not 0 < len(nodes) <= MOST:
        raise Invalid(f"a cluster has 1 to {MOST} machines")
    if type(first) is not int or not 0 < first < 255:
        raise Invalid("ip0 is a number from 1 to 254")
    return list(_machines(nodes, first))


def jobs(document: Mapping[str, Any], definition: Any) -> list[dict[str, Any]]:
    """Return the jobs that a job becomes on a cluster: one for each machine with a role that the job speaks of.

    Roles are spoken of by ``if role <names>``; a job that speaks of none runs on all machines. Raises Invalid.
    """
    wanted = {role for key in document for found in IF_ROLE.findall(key) for role in found.split()}
    chosen = [each for each in machines(definition) if not wanted or wanted & set(each.roles)]
    if not chosen:
        raise Invalid("the cluster has no machine with a role that the job speaks of")
    common = {name: value for name, value in document.items() if name not in ("tbox_group", "testbox")}
    return [{**common, "testbox": each.name, **_place(each)} for each in chosen]


def _place(machine: Machine) -> dict[str, str]:
    said = {"node_roles": machine.roles, "direct_macs": machine.macs, "direct_ips": machine.ips}
    return {name: " ".join(values) for name, values in said.items() if values}


def _machines(nodes: Mapping[str, Any], first: int) -> Iterator[Machine]:
    for name, said in nodes.items():
        if not isinstance(said, Mapping):
            raise Invalid("a machine of a cluster has roles and macs")
        roles, macs = _words(said.get("roles"), ROLE, "roles"), _words(said.get("macs"), MAC, "macs")
        ips = tuple(f"{NETWORK}.{first + number}" for number in range(len(macs)))
        first += len(macs)
        if first > 255:
            raise Invalid("a cluster has more direct links than addresses")
        yield Machine(machine_name("a machine of a cluster", name), roles, macs, ips)


def _words(said: Any, pattern: re.Pattern[str], name: str) -> tuple[str, ...]:
    found = said.split() if isinstance(said, str) else [] if said is None else said
    if not isinstance(found, list) or not all(isinstance(each, str) and pattern.fullmatch(each) for each in found):
        raise Invalid(f"{name} of a machine of a cluster are words")
    return tuple(found)
