"""What people order from KernelCI's pipeline: a commit to be tested, a job to be tried again, patches to be tried.

An order is a node, or an event of one, on which the pipeline's services act. Nothing is fetched from anywhere.
"""

import datetime
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import Row, text

from paddles.accounts.access import Principal
from paddles.db.pages import Order, Page
from paddles.db.session import Session
from paddles.errors import Invalid, NotFound
from paddles.events import log, targets
from paddles.nodes import nodes, search

TIMEOUT = datetime.timedelta(minutes=300)
MOST_NAMES = 8
MOST_PATCHES = 32
COMMIT = re.compile(r"[0-9a-f]{7,40}")
# Builders give both to git: neither may be an option, a program or a file of theirs.
URL = re.compile(r"(?:https?|git|ssh)://[^\s\x00-\x1f\x7f-][^\s\x00-\x1f\x7f]{0,1990}")
BRANCH = re.compile(r"[^\s\x00-\x1f\x7f~^:?*\[\\-][^\s\x00-\x1f\x7f~^:?*\[\\]{0,254}")
# What of a kernel that is announced again is not said: who owns it and when it was what.
UNSAID = (
    "created",
    "updated",
    "timeout",
    "owner",
    "submitter",
    "user_groups",
    "open_children",
    "artifacts",
    "parent_id",
)

ABOVE = text("""
    WITH RECURSIVE above (id, parent_id, kind, name, depth) AS (
        SELECT id, parent_id, kind, name, 0 FROM nodes WHERE id = :id
        UNION ALL
        SELECT nodes.id, nodes.parent_id, nodes.kind, nodes.name, depth + 1
        FROM above JOIN nodes ON nodes.id = above.parent_id)
    SELECT id, kind, name FROM above ORDER BY depth
""")


@dataclass(frozen=True)
class Source:
    """Sources to be tested: a commit of a branch of a repository; of the ``tree`` that it is known as."""

    url: str
    branch: str
    commit: str
    tree: str = ""


@dataclass(frozen=True)
class Only:
    """Which jobs, on which platforms; all where nothing is said."""

    jobs: Sequence[str] | None = None
    platforms: Sequence[str] | None = None


ALL = Only()


def checkout(
    session: Session, source: Source, only: Only, principal: Principal, now: datetime.datetime
) -> dict[str, Any]:
    """Order a commit to be tested and return the node, a checkout.

    Where no tree is named it is that of the newest checkout of this repository and branch, else what the repository's
    address ends in.

    Raises:
        Invalid: there can be no such commit, branch or repository, or too many jobs or platforms are named.
    """
    checked = _checked(source)
    tree = source.tree or _known_tree(session, checked) or _last_part(source.url)
    return _create(session, replace(checked, tree=tree), only, principal, now)


def checkout_like(
    session: Session, node_id: str, commit: str, principal: Principal, now: datetime.datetime
) -> dict[str, Any]:
    """Order another commit of the sources of a node to be tested, by the same job where it is one, or is below one.

    Raises:
        NotFound: there is no such node.
        Invalid: it names no sources, or there can be no such commit.
    """
    said = _data(_found(session, node_id)).get("kernel_revision") or {}
    if not {"tree", "url", "branch"} <= said.keys():
        raise Invalid("Node does not have kernel revision data")
    source = _checked(Source(said["url"], said["branch"], commit, said["tree"]))
    return _create(session, source, Only(_filter(session, node_id)), principal, now)


def retry(session: Session, node_id: str, only: Sequence[str] | None) -> None:
    """Order a job to be tried again: its kernel is announced once more, for this job alone, or for those named.

    Raises:
        NotFound: there is no such node, or no kernel above it.
        Invalid: it is no job, or its kernel is not built.
    """
    above = _above(session, node_id)
    if above[0].kind != "job":
        raise Invalid("Node is not a job")
    kernel = next((node for node in above if node.kind == "kbuild"), None)
    if kernel is None:
        raise NotFound("Kernel build not found")
    row = _found(session, kernel.id)
    if row.state != "done":
        raise Invalid("Kernel build is not done")
    if row.result != "pass":
        raise Invalid("Kernel build result is not pass")
    names = _names(only, "jobs") or [kernel.name, above[0].name]
    said = {name: value for name, value in row._mapping.items() if name not in UNSAID}
    ready = {name: orjson.Fragment(value) if isinstance(value, bytes) else value for name, value in said.items()}
    data = {**ready, "op": "updated", "parent": row.parent_id, "jobfilter": names, "is_hierarchy": False}
    log.append(session, "node", "node.updated", f"node/{kernel.id}", data, owner=row.owner)


def patchable(session: Session, node_id: str) -> Mapping[str, Any]:
    """Return the data of a checkout that patches may be ordered for.

    Raises:
        NotFound: there is no such node.
        Invalid: it is no checkout, or names no sources.
    """
    row = _found(session, node_id)
    if row.kind != "checkout":
        raise Invalid("Node is not a checkout")
    data = _data(row)
    if not data.get("kernel_revision"):
        raise Invalid("Node does not have kernel revision data")
    return data


def patchset(
    session: Session,
    node_id: str,
    patches: Sequence[str],
    only: Only,
    principal: Principal,
    now: datetime.datetime,
) -> dict[str, Any]:
    """Order a checkout to be tested with patches, which lie at these addresses, and return the node, below it.

    Raises:
        NotFound, Invalid: as :func:`patchable`; or there is no patch, too many, or an address is none.
    """
    data = patchable(session, node_id)
    if not 0 < len(patches) <= MOST_PATCHES:
        raise Invalid(f"between 1 and {MOST_PATCHES} patches are needed")
    revision = data["kernel_revision"]
    said = {
        "kind": "checkout",
        "name": "patchset",
        "path": ["checkout", "patchset"],
        "group": "patchset",
        "parent_id": node_id,
        "data": data,
        "artifacts": {f"patch{at}": targets.check(url) for at, url in enumerate(patches)},
        **_usual(f"{revision.get('url')}{revision.get('branch')}", only, principal, now),
    }
    return nodes.create(session, said, principal, now)


def _create(
    session: Session, source: Source, only: Only, principal: Principal, now: datetime.datetime
) -> dict[str, Any]:
    said = {
        "kind": "checkout",
        "name": "checkout",
        "path": ["checkout"],
        "data": {"kernel_revision": {**vars(source), "tip_of_branch": False}},
        **_usual(f"{source.url}{source.branch}", only, principal, now),
    }
    return nodes.create(session, said, principal, now)


def _usual(about: str, only: Only, principal: Principal, now: datetime.datetime) -> dict[str, Any]:
    return {
        "timeout": now + TIMEOUT,
        "submitter": f"user:{principal.email}",
        "treeid": hashlib.sha256(f"{about}{now.isoformat()}".encode()).hexdigest(),
        "jobfilter": _names(only.jobs, "jobs"),
        "platform_filter": _names(only.platforms, "platforms") or (),
    }


def _names(names: Sequence[str] | None, what: str) -> list[str] | None:
    if names and len(names) > MOST_NAMES:
        raise Invalid(f"at most {MOST_NAMES} {what} can be named")
    return list(names) if names else None


def _checked(source: Source) -> Source:
    if not COMMIT.fullmatch(source.commit):
        raise Invalid("Invalid commit format")
    if not URL.fullmatch(source.url):
        raise Invalid("url: must be the address of a repository, like https://host/path.git")
    if not BRANCH.fullmatch(source.branch):
        raise Invalid("branch: must be the name of a branch")
    return source


def _known_tree(session: Session, source: Source) -> str:
    revision = "data.kernel_revision"
    asked = [("kind", "checkout"), (f"{revision}.url", source.url), (f"{revision}.branch", source.branch)]
    found = search.find(session, asked, Page(1), Order(newest_first=True))
    return str(_data(found[0])["kernel_revision"]["tree"]) if found else ""


def _last_part(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2].removesuffix(".git") or "unknown"


def _filter(session: Session, node_id: str) -> list[str] | None:
    """Return the names of the kernel and of the job that a node is, or is below; None where it is below neither."""
    nearest = {node.kind: node.name for node in reversed(_above(session, node_id))}
    return [nearest["kbuild"], nearest["job"]] if {"kbuild", "job"} <= nearest.keys() else None


def _above(session: Session, node_id: str) -> Sequence[Row[Any]]:
    found = session.execute(ABOVE, {"id": node_id}).all()
    if not found:
        raise NotFound("Node not found")
    return found


def _found(session: Session, node_id: str) -> Row[Any]:
    row = search.one(session, node_id)
    if row is None:
        raise NotFound("Node not found")
    return row


def _data(row: Row[Any]) -> dict[str, Any]:
    data: dict[str, Any] = orjson.loads(row.data)
    return data
