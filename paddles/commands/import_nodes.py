"""``pecan import_nodes``: take machines over from an old lock server."""

import datetime
import http.client
import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from paddles.commands.command import DONE, FAILED, DatabaseCommand, Progress, complain, words
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.errors import Invalid, PaddlesError
from paddles.lab import machines, upkeep
from paddles.settings import Settings

BATCH = 100
TIMEOUT_S = 60


def _text(value: Any) -> Any:
    if isinstance(value, str) and "\0" in value:
        raise ValueError("holds a NUL character")
    return value


def _blank(value: Any) -> Any:
    return None if value == "" else value


Text = Annotated[str | None, BeforeValidator(_text)]


class OldNode(BaseModel):
    """A machine as an old lock server shows it; what it does not show is left as it is here."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    name: Annotated[str, BeforeValidator(_text)]
    type: Text = None
    arch: Text = None
    distro: Text = None
    up: bool | None = None
    mac: Text = None
    sshpubkey: Text = None
    locked: bool | None = None
    locked_by: Text = None
    locked_since: Annotated[datetime.datetime | None, BeforeValidator(_blank)] = None
    description: Text = None
    vpshost: Text = None

    @property
    def own_name(self) -> str:
        """The name without the ``user@`` in front."""
        return self.name.rpartition("@")[2]

    def fields(self, zone: ZoneInfo) -> dict[str, Any]:
        """Return what is said, as ``machines.FIELDS``; its times are those of a clock in ``zone``."""
        renamed = {"type": "machine_type", "distro": "os_type", "sshpubkey": "ssh_pub_key", "arch": "arch"}
        said = self.model_fields_set
        fields: dict[str, Any] = {ours: getattr(self, theirs) for theirs, ours in renamed.items() if theirs in said}
        fields |= {"description": self.description} if "description" in said else {}
        fields |= {"up": bool(self.up)} if "up" in said else {}
        fields |= {"mac": self.mac and self.mac.lower()} if "mac" in said else {}
        fields |= {"is_vm": bool(self.vpshost)} if "vpshost" in said else {}
        return fields | (self._lock(zone) if "locked" in said else {})

    def _lock(self, zone: ZoneInfo) -> dict[str, Any]:
        # The old server remembers who held a machine last; here a free machine has no owner.
        if not self.locked:
            return {"locked": False, "locked_by": None, "locked_since": None}
        since = self.locked_since
        since = since.replace(tzinfo=zone) if since and since.tzinfo is None else since
        return {"locked": True, "locked_by": self.locked_by, "locked_since": since}


class ImportNodes(DatabaseCommand):
    """Copy nodes, and their locks and hosts, from an old lock server.

    What is known of a node already is replaced by what the old server says; what it does not say stays. Nothing is
    written when its answer makes no sense. Exits with 1 then, and when the host of a virtual machine is not known.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "name": "--url",
            "type": words,
            "required": True,
            "help": "where the old server lists its nodes, such as http://lab.example/locker/lock",
        },
    )

    def work(self, database: Database, settings: Settings) -> int:
        """Import the nodes, then the hosts."""
        nodes = read_nodes(fetch(self.args.url))
        print(f"Found {len(nodes)} nodes to import", flush=True)
        counts: Counter[str] = Counter()
        hosts, unknown = 0, []
        with Progress("Importing", 2 * len(nodes)) as progress:
            for batch in _batches(nodes):
                counts.update(transact(database, _take_over(batch, settings.zone)))
                progress.advance(len(batch))
            for batch in _batches(nodes):
                new, wrong = transact(database, _set_hosts(batch))
                hosts += new
                unknown += wrong
                progress.advance(len(batch))
        print(f"{counts['created']} created, {counts['updated']} updated, {counts['unchanged']} unchanged, "
              f"{hosts} hosts set", flush=True)  # fmt: skip
        for line in unknown:
            complain(line)
        return FAILED if unknown else DONE


def fetch(url: str) -> Any:
    """Return the JSON at ``url``. Raises PaddlesError when there is none to be had."""
    if not url.lower().startswith(("http://", "https://")):
        raise PaddlesError(f"{url} is no http:// or https:// address")
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 - the scheme is checked above
            body = answer.read()
    except urllib.error.HTTPError as error:
        raise PaddlesError(f"{url} answers {error.code} {error.reason}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise PaddlesError(f"cannot read {url}: {getattr(error, 'reason', error)}") from None
    try:
        return json.loads(body)
    except ValueError as error:
        raise PaddlesError(f"{url} answers no JSON: {error}") from None


def read_nodes(answer: Any) -> list[OldNode]:
    """Return the nodes in an old server's answer, by name; the last of those with one name. Raises Invalid."""
    if not isinstance(answer, list):
        raise Invalid("the old server's answer is not a list of nodes")
    found = {}
    for number, said in enumerate(answer, start=1):
        try:
            node = OldNode.model_validate(said)
            machines.check_name(node.own_name)
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'node'}: {e['msg']}" for e in error.errors())
            raise Invalid(f"node {number} of the old server's answer: {faults}") from None
        except Invalid as error:
            raise Invalid(f"node {number} of the old server's answer: {error}") from None
        found[node.own_name] = node
    return [found[name] for name in sorted(found)]


def _batches(nodes: Sequence[OldNode]) -> list[list[OldNode]]:
    rest = iter(nodes)
    return [list(islice(rest, BATCH)) for _ in range(0, len(nodes), BATCH)]


def _take_over(nodes: Sequence[OldNode], zone: ZoneInfo) -> Callable[[Session], list[str]]:
    return lambda session: [upkeep.take_over(session, node.own_name, node.fields(zone)) for node in nodes]


def _set_hosts(nodes: Sequence[OldNode]) -> Callable[[Session], tuple[int, list[str]]]:
    def work(session: Session) -> tuple[int, list[str]]:
        new, unknown = 0, []
        for node in nodes:
            try:
                new += bool(node.vpshost) and upkeep.set_host(session, node.own_name, str(node.vpshost))
            except Invalid as error:
                unknown.append(str(error))
        return new, unknown

    return work
