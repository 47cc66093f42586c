"""Earlier schemas of KCIDB, in the words of the one of today (``kcidb-io``, each version's ``_inherit``). Pure.

A revision is a checkout since schema 4. Until then it was known by its commit alone and told apart by its origin: the
checkout that it becomes is called ``origin:revision``.
"""

from collections.abc import Callable, Mapping
from typing import Any

Said = dict[str, Any]

REVISIONS_UNTIL = 3
# What was called otherwise until schema 3, by the kind of thing.
RENAMED: Mapping[str, Mapping[str, str]] = {
    "checkout": {
        "git_repository_commit_hash": "git_commit_hash",
        "git_repository_commit_name": "git_commit_name",
        "patch_mboxes": "patchset_files",
        "discovery_time": "start_time",
        "description": "comment",
    },
    "build": {"description": "comment"},
    "test": {"description": "comment"},
    "environment": {"description": "comment"},
}


def place(major: int, kind: str) -> str:
    """Return where a document of a schema lists its things of a kind."""
    return "revisions" if kind == "checkout" and major <= REVISIONS_UNTIL else f"{kind}s"


def as_of_5(major: int, kind: str, thing: Said) -> Said:
    """Return a thing of a schema as schema 5 has it; what is wrong with it stays so."""
    return UPGRADES[major](kind, thing)


def _verdict(thing: Mapping[str, Any]) -> Said:
    """Return what ``valid`` says of a build, in the words of later schemas."""
    valid = thing.get("valid")
    return {"status": "PASS" if valid else "FAIL"} if isinstance(valid, bool) and "status" not in thing else {}


def _of_4(kind: str, thing: Said) -> Said:
    return {**thing, **_verdict(thing)} if kind == "build" else thing


def _of_3(kind: str, thing: Said) -> Said:
    said = _of_4(kind, _renamed(kind, thing))
    origin = said.get("origin")
    if kind == "checkout":
        return {**said, "id": f"{origin}:{said.get('id')}"}
    if kind == "build":
        revision = said.pop("revision_id", None)
        return {**said, "checkout_id": f"{origin}:{revision}"}
    environment = said.get("environment")
    return {**said, "environment": _renamed("environment", environment)} if isinstance(environment, dict) else said


def _of_2(kind: str, thing: Said) -> Said:
    """Return a thing whose ids all begin with their origins, which it does not name by itself."""
    origin, _, name = str(thing.get("id")).partition(":")
    said = {**thing, "origin": origin}
    if kind == "checkout":
        return _of_3(kind, {**said, "id": name})
    # Who built it need not have found the revision: what its id begins with stays.
    return {**_of_3(kind, said), "checkout_id": thing.get("revision_id")} if kind == "build" else _of_3(kind, said)


def _renamed(kind: str, thing: Said) -> Said:
    return {RENAMED[kind].get(name, name): value for name, value in thing.items()}


def _of_1(kind: str, thing: Said) -> Said:
    """Return a thing whose ids are in two parts, and of which much of what is known is in ``misc``."""
    said = {**thing, "id": _joined(thing, "")}
    misc = said["misc"] if isinstance(said.get("misc"), dict) else {}
    text = {name: value for name, value in misc.items() if isinstance(value, str)}
    if kind == "checkout":
        tree, _, branch = str(thing.get("origin_id")).partition("/")
        known = {"tree_name": tree if branch else None, "git_repository_branch": text.get("git_branch")}
        commit = {
            "git_commit_hash": thing.get("git_repository_commit_hash"),
            "git_commit_name": text.get("git_describe"),
        }
        return {**said, **known, **commit}
    if kind == "build":
        compiler = "-".join(filter(None, (text.get("compiler"), text.get("compiler_version"))))
        names = {"config_name": text.get("defconfig_full"), "compiler": compiler or None}
        return {**said, **_verdict(thing), **names, "checkout_id": _joined(thing, "revision_")}
    path = thing.get("description")
    names = {"path": path.replace("/", ".") if isinstance(path, str) else None}
    return {**said, **names, "build_id": _joined(thing, "build_")}


def _joined(thing: Mapping[str, Any], of: str) -> str:
    return f"{thing.get(f'{of}origin')}:{thing.get(f'{of}origin_id')}"


UPGRADES: Mapping[int, Callable[[str, Said], Said]] = {
    1: _of_1,
    2: _of_2,
    3: _of_3,
    4: _of_4,
    5: lambda _, thing: thing,
}
