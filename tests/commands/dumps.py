"""Dumps of KernelCI's API for tests: nodes and users, a document a line."""

import gzip
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

CREATED = "2026-01-30T12:00:00"


def node_id(number: int) -> str:
    """Return the id of a test's node."""
    return f"65a1b2c3{number:016x}"


def node(number: int, parent: int | None = None, **said: Any) -> dict[str, Any]:
    """Return a node, done and passed unless something else is said, as the API answers it."""
    about = {
        "id": node_id(number),
        "kind": "checkout" if parent is None else "test",
        "name": f"n{number}",
        "path": ["n"],
    }
    above = None if parent is None else node_id(parent)
    rest = {"state": "done", "result": "pass", "created": CREATED, "owner": "lab", "data": {}}
    return {**about, "parent": above, **rest, **said}


def exported(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document as mongoexport writes it."""
    parent = document.get("parent")
    renamed = {key: value for key, value in document.items() if key != "id"}
    moment = {"$date": f"{document['created']}Z"}
    return {"_id": {"$oid": document["id"]}, **renamed, "parent": parent and {"$oid": parent}, "created": moment}


def forest(count: int) -> list[dict[str, Any]]:
    """Return nodes in no order, many of them below others, four deep, some still open, groups among them."""
    dice = random.Random(7)
    found = []
    for number in range(count):
        parent = None if number % 40 == 0 else number - 1 - dice.randrange(number % 40)
        state = dice.choice(("running", "available", "done", "done", "done"))
        groups = ["lab-a"] if number % 50 == 1 else []
        found.append(node(number, parent, state=state, result=None if state != "done" else "fail", user_groups=groups))
    dice.shuffle(found)
    return found


def write(path: Path, documents: Iterable[Any]) -> Path:
    """Write a dump, compressed where its name ends so, and return it; bytes are lines as they are."""
    text = b"".join((each if isinstance(each, bytes) else orjson.dumps(each)) + b"\n" for each in documents)
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path
