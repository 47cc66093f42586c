"""KernelCI's API of today: what its pipeline built, and what labs said of jobs that they ran for it.

Source: the nodes of kernelci-core, and kernelci-pipeline, which keeps the callback of a lab as ``callback_data``.
"""

import datetime
import functools
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import orjson

from paddles.feeds.fetching import Site, plain
from paddles.feeds.sources import Found, Missing, Unreached, Wanted, is_url, paged

PAGE = 500
KIND_OF = {"kbuild": "build", "job": "lava"}
RESULTS = {"pass": "PASS", "fail": "FAIL"}


class Pipeline:
    """The source ``kernelci-api``."""

    name = "kernelci-api"

    def __init__(self, site: Site, url: str, wanted: Wanted, now: datetime.datetime, most_bytes: int) -> None:
        """Ask the API at ``url`` for what was made since some days before ``now``; nothing unpacks to more bytes."""
        self._site, self._url, self._wanted, self._most_bytes = site, url, wanted, most_bytes
        self._since = (now - datetime.timedelta(days=wanted.days)).strftime("%Y-%m-%dT%H:%M:%S")
        self._built: dict[str, bytes] = {}

    def check(self) -> list[str]:
        """Ask for a first build."""
        self._page("kbuild", 0, 1)
        return [f"{self._url} lists nodes"]

    def found(self) -> Iterator[Found]:
        """List builds that are done, and jobs that labs said something of."""
        for kind in KIND_OF:
            for node in paged(functools.partial(self._page, kind), PAGE, self._wanted.how_many):
                found = self._document(kind, node)
                if found:
                    yield found

    def fetch(self, found: Found) -> bytes:
        """Return a document: a build is said by its node, a job by a file."""
        if found.kind == "build":
            return self._built.pop(found.id)
        if not is_url(found.where):
            raise Missing(f"{found.where!r} is no address")
        answer = self._site.get(found.where)
        if answer.status != 200:
            raise Missing(f"{plain(found.where)}: {answer.status}")
        return unpacked(answer.content, self._most_bytes)

    def _page(self, kind: str, offset: int, limit: int) -> list[Any]:
        said = {"kind": kind, "state": "done", "created__gt": self._since, "limit": limit, "offset": offset}
        url = f"{self._url}/nodes?{urlencode(said)}"
        found = self._site.json(url)
        items = found.get("items") if isinstance(found, dict) else None
        if not isinstance(items, list):
            raise Unreached(f"{self._url}: it answers no list of nodes")
        return items

    def _document(self, kind: str, node: Any) -> Found | None:
        name = str(_of(node, "id") or "")
        if not name:
            return None
        if kind == "kbuild":
            self._built[name] = orjson.dumps(built(node))
            return Found("build", name, "", self._url)
        place = _of(_of(node, "artifacts"), "callback_data")
        return Found("lava", name, str(_of(_of(node, "data"), "runtime") or ""), str(place)) if place else None


def built(node: Any) -> dict[str, Any]:
    """Return what the node of a build says, as the document of a build says it."""
    data, revision = _of(node, "data"), _of(_of(node, "data"), "kernel_revision")
    defconfig, fragments = _of(data, "defconfig"), _of(data, "fragments")
    kernel = _of(revision, "describe") or _of(revision, "commit")
    return {
        "job": _of(revision, "tree"),
        "kernel": kernel,
        "git_branch": _of(revision, "branch"),
        "git_commit": _of(revision, "commit"),
        "git_describe": kernel,
        "git_url": _of(revision, "url"),
        "arch": _of(data, "arch"),
        "defconfig": defconfig,
        "defconfig_full": "+".join([str(defconfig), *map(str, fragments if isinstance(fragments, list) else [])]),
        "build_environment": _of(data, "compiler"),
        "build_result": RESULTS.get(str(_of(node, "result")), "UNKNOWN"),
        "created_on": _of(node, "created"),
        "node": _of(node, "id"),
        "artifacts": _of(node, "artifacts"),
    }


def unpacked(content: bytes, most_bytes: int) -> bytes:
    """Return what is packed by gzip, or the content itself where it is not. Raises Missing when it is too much."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        found = unpacking.decompress(content, most_bytes + 1)
    except zlib.error as error:
        raise Missing(f"it cannot be unpacked: {error}") from None
    if len(found) > most_bytes:
        raise Missing(f"it unpacks to more than {most_bytes} bytes")
    return found


def _of(said: Any, name: str) -> Any:
    return said.get(name) if isinstance(said, dict) else None
