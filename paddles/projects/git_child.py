"""Asks a Git server for its refs, for a commit or for a file of one, in a process of its own that can be ended. Pure.

``git`` starts this file as a program: a server may answer as much as it likes, for as long as it likes, in packs that
unfold to anything. One address is known in this process, the one that was judged, whatever is looked up.

The standard input is JSON: ``url``, the ``address`` to connect to, ``headers``, ``timeout_s`` for one step, ``cpu_s``,
``memory_bytes`` and ``most_bytes``; ``want``, which is ``refs``, ``commit`` or ``file``; with the latter two ``sha``,
and ``path``. The standard output is JSON: ``{"refs", "head"}``, ``{"message"}``, ``{"file"}`` or ``{"fault"}``.
"""

import json
import resource
import socket
import stat
import sys
from collections.abc import Callable
from typing import Any

from dulwich.client import HttpGitClient
from dulwich.object_store import MemoryObjectStore, tree_lookup_path
from dulwich.objects import Blob, Commit, ObjectID, Tag
from urllib3 import PoolManager, Retry, Timeout

MOST_REFS = 50_000
LONGEST_FILE = 2**22
LONGEST_MESSAGE = 10_000
PEELED = "^{}"
# What of a commit is asked for, where a server lets itself be asked so.
FILTERS = {"commit": b"tree:0", "file": b"blob:limit=4194305"}


class Refused(Exception):
    """What the server has is not what can be taken."""


def main() -> None:
    """Do what the module says."""
    said = json.loads(sys.stdin.read())
    resource.setrlimit(resource.RLIMIT_AS, (said["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (said["cpu_s"],) * 2)
    socket.getaddrinfo = _only(said["address"])
    try:
        answer = _answer(said)
    except MemoryError:
        answer = {"fault": "it has more than fits into memory"}
    except Exception as error:
        # Whatever it is that a server says, the caller is told; nobody else reads what this process raises.
        answer = {"fault": f"{type(error).__name__}: {error}"[:500]}
    json.dump(answer, sys.stdout)


def _answer(said: dict[str, Any]) -> dict[str, Any]:
    # What points elsewhere is not followed: that place was not judged.
    pool = PoolManager(
        headers={"User-Agent": "git/2 (paddles)", **said["headers"]},
        timeout=Timeout(said["timeout_s"]),
        retries=Retry(total=0, redirect=0, raise_on_redirect=False),
    )
    client = HttpGitClient(said["url"], pool_manager=pool)
    if said["want"] == "refs":
        return _refs(client)
    store = _fetched(client, ObjectID(said["sha"].encode()), FILTERS[said["want"]], said["most_bytes"])
    commit = _commit(store, ObjectID(said["sha"].encode()))
    if said["want"] == "commit":
        return {"message": commit.message.decode(errors="replace")[:LONGEST_MESSAGE]}
    return {"file": _file(store, commit, said["path"])}


def _refs(client: HttpGitClient) -> dict[str, Any]:
    found = client.get_refs("")
    if client.dumb:
        raise Refused("it is no server of Git that speaks with clients")
    if len(found.refs) > MOST_REFS:
        raise Refused(f"it has more than {MOST_REFS} refs")
    named = {name.decode(errors="replace"): sha.decode() for name, sha in found.refs.items() if sha}
    return {"refs": named, "head": named.get("HEAD")}


def _fetched(client: HttpGitClient, sha: ObjectID, wanted: bytes, most_bytes: int) -> MemoryObjectStore:
    """Return a commit, which a ref leads to, with what it consists of, but nothing of its past."""
    store, size = MemoryObjectStore(), 0
    pack, commit, _ = store.add_pack()

    def take(data: bytes) -> int:
        nonlocal size
        size += len(data)
        if size > most_bytes:
            raise Refused(f"the commit has more than {most_bytes} bytes")
        return int(pack.write(data))

    client.fetch_pack("", lambda refs, depth=None: [sha], _Nothing(), take, depth=1, filter_spec=wanted)
    commit()
    return store


class _Nothing:
    """What there is here already, as dulwich wants to be told: nothing."""

    shallow: set[ObjectID] = set()  # noqa: RUF012 - dulwich adds to it

    def __next__(self) -> None:
        return None

    def ack(self, sha: ObjectID) -> None:
        """Hear of what both have."""

    def nak(self) -> None:
        """Hear that there is nothing."""


def _commit(store: MemoryObjectStore, sha: ObjectID) -> Commit:
    """Return the commit of a name, which may be a tag's."""
    found = store[sha]
    while isinstance(found, Tag):
        found = store[found.object[1]]
    if not isinstance(found, Commit):
        raise Refused("it is no commit")
    return found


def _file(store: MemoryObjectStore, commit: Commit, path: str) -> str:
    try:
        mode, sha = tree_lookup_path(store.__getitem__, commit.tree, path.encode())
        found = store[sha]
    except (KeyError, NotADirectoryError):
        raise Refused(f"there is no file {path} of less than {LONGEST_FILE} bytes") from None
    if not stat.S_ISREG(mode) or not isinstance(found, Blob) or len(found.data) > LONGEST_FILE:
        raise Refused(f"{path} is no file of less than {LONGEST_FILE} bytes")
    return found.data.decode()


def _only(address: str) -> Callable[..., Any]:
    """Return a look-up of names that knows one address alone."""
    six = ":" in address

    def look_up(host: Any, port: Any, *_: Any, **__: Any) -> list[Any]:
        place = (address, int(port), 0, 0) if six else (address, int(port))
        family = socket.AF_INET6 if six else socket.AF_INET
        return [(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place)]

    return look_up


if __name__ == "__main__":
    main()
