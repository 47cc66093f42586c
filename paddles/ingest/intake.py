"""The one way in for documents of kernels: each is checked as far as the door does, kept, noted, and read afterwards.

Whoever takes documents prepares them, has their contents expected (``files.expect``) in one unit of work, keeps them
(``contents.keep``) outside of any, and notes them (:func:`receive`) in a second one, which may note many.
"""

import datetime
import hashlib
from typing import Any, NamedTuple

from paddles import plain_json
from paddles.archive import receipts, texts
from paddles.db.session import Session
from paddles.errors import Invalid

# What is read of each kind: JSON objects, and what programs print.
OBJECTS = ("build", "boot", "lava")
PRINTED = ("junit", "tap", "ltp")
KINDS = (*OBJECTS, *PRINTED)
# Without these a document says nothing (the backend of KernelCI refuses it too).
NEEDED = {
    "build": ("job", "kernel", "git_branch", "arch", "defconfig"),
    "boot": ("version", "lab_name", "job", "kernel", "defconfig", "board", "arch", "git_branch"),
    "lava": ("id", "definition", "lab_name"),
}
CREATED, DUPLICATE = "created", "duplicate"


class Prepared(NamedTuple):
    """A document as it is kept: ``digest`` is what its content is called, ``lab`` from whom it is, if from anybody."""

    kind: str
    lab: str
    content: bytes
    digest: bytes


class Received(NamedTuple):
    """What became of a document: ``created``, or a ``duplicate`` of the one with this ``id``, which ``href`` shows."""

    state: str
    id: int
    href: str


def prepare(kind: str, content: bytes, lab: str = "", *, otherwise: str = "") -> Prepared:
    """Return a document as it is kept: objects in one spelling, without the token that some labs put into them.

    It is from ``lab``, or the lab that it names itself, or else the lab that is called ``otherwise``.

    Raises:
        Invalid: it is no document of this kind at first sight.
    """
    if kind not in OBJECTS:
        if not content.strip():
            raise Invalid("the document is empty")
        return Prepared(kind, lab or otherwise, content, hashlib.sha256(content).digest())
    document = plain_json.object_(content)
    document.pop("token", None)
    named = lab or lab_of(document) or otherwise
    if kind != "build" and named:
        document["lab_name"] = named
    missing = [name for name in NEEDED[kind] if document.get(name) in (None, "", [], {})]
    if missing:
        raise Invalid(f"missing: {', '.join(missing)}")
    canonical = plain_json.dumps(document, canonical=True)
    return Prepared(kind, named, canonical, hashlib.sha256(canonical).digest())


def lab_of(document: dict[str, Any]) -> str:
    """Return the lab that a document names, blank where it names none."""
    said = document.get("lab_name")
    return texts.named(said, "") if isinstance(said, str) else ""


def receive(
    session: Session,
    prepared: Prepared,
    now: datetime.datetime,
    *,
    username: str = "",
    job_id: int | None = None,
) -> Received:
    """Note a document whose content is kept; one that was noted before is a duplicate of that one.

    ``job_id`` is the job of which what programs print tells.

    Raises:
        Unavailable: keeping it took too long, and it is gone: it is to be sent again.
    """
    name = prepared.digest.hex() if job_id is None else f"{prepared.digest.hex()}-{job_id}"
    receipt, new = receipts.note(
        session,
        receipts.New(prepared.kind, name, prepared.digest, prepared.lab, username, job_id),
        now,
    )
    return Received(CREATED if new else DUPLICATE, receipt, f"/ingest/documents/{receipt}")
