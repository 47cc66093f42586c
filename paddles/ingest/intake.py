"""The one way in for documents of kernels: each is checked as far as the door does, kept, noted, and read afterwards.

Whoever takes documents prepares them, has their contents expected (``files.expect``) in one unit of work, keeps them
(``contents.keep``) outside of any, and notes them (:func:`receive`) in a second one, which may note many.
"""

import datetime
import hashlib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from paddles import plain_json
from paddles.archive import links, receipts, texts
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
# A secret may stand at the end of what is looked at, cut.
TOKEN = re.compile(rb'("token"\s*:\s*"|(?:^|&)token=)(?:[^"\\&]|\\.)*')
LONGEST_HEAD = 8192
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
        Malformed: it must be a JSON object, and is none.
        Invalid: it is no document of this kind at first sight.
    """
    if kind in OBJECTS:
        return prepare_object(kind, plain_json.object_(content), lab, otherwise=otherwise)
    if not content.strip():
        raise Invalid("the document is empty")
    return Prepared(kind, lab or otherwise, content, hashlib.sha256(content).digest())


def prepare_object(kind: str, document: Mapping[str, Any], lab: str = "", *, otherwise: str = "") -> Prepared:
    """Do what :func:`prepare` does for a document that is decoded already. Raises Invalid."""
    found = {name: value for name, value in document.items() if name != "token"}
    named = "" if kind == "build" else texts.named(lab or lab_of(document) or otherwise, "")
    if named:
        found["lab_name"] = named
    missing = [name for name in NEEDED[kind] if not said(found.get(name))]
    if missing:
        raise Invalid(f"missing, or no text: {', '.join(missing)}")
    canonical = plain_json.dumps(found, canonical=True)
    return Prepared(kind, named, canonical, hashlib.sha256(canonical).digest())


def said(value: Any) -> bool:
    """Say whether something is said that may be a name: text that is not blank, or a number."""
    return bool(value.strip()) if isinstance(value, str) else isinstance(value, int | float) and value is not True


def without_token(content: bytes) -> bytes:
    """Return the beginning of a document that is refused, as it may be kept: without the token that it may hold."""
    return TOKEN.sub(rb"\1***", content[:LONGEST_HEAD])[: LONGEST_HEAD // 2]


def lab_of(document: Mapping[str, Any]) -> str:
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
    return Received(CREATED if new else DUPLICATE, receipt, links.document(receipt))
