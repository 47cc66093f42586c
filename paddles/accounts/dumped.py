"""Users as a dump of KernelCI's API has them, those of today and of before 2023's end, as they are kept here. Pure.

Before November 2023 most of a user was in its ``profile``, and the group ``admin`` was what ``is_superuser`` is now; no
address had been verified (kernelci-api, ``migrations/20231102101356_user.py``).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from paddles.accounts import addresses
from paddles.db import object_ids
from paddles.errors import Invalid

LONGEST_NAME = 256
ADMIN = "admin"


class Dumped(NamedTuple):
    """A user; ``password`` is a hash of whatever kind, ``groups`` are names."""

    id: str
    username: str
    email: str
    password: str
    groups: list[str]
    is_active: bool
    is_verified: bool
    is_superuser: bool


def user(document: Mapping[str, Any]) -> Dumped:
    """Return the user of a document as ``extended_json.read`` returns it.

    Raises:
        Invalid: it is none that could be kept.
    """
    profile = document.get("profile")
    old = isinstance(profile, dict)
    said = {**document, **profile} if isinstance(profile, dict) else document
    names = _groups(said.get("groups") or [])
    password = said.get("hashed_password")
    return Dumped(
        object_ids.check(str(said.get("id") or said.get("_id"))),
        _name("username", said.get("username")),
        addresses.checked(str(said.get("email"))),
        password if isinstance(password, str) else "",
        [name for name in names if not (old and name == ADMIN)],
        said.get("active" if old else "is_active") is not False,
        said.get("is_verified") is True,
        (old and ADMIN in names) or said.get("is_superuser") is True,
    )


def _groups(said: Any) -> list[str]:
    if not isinstance(said, list):
        raise Invalid("groups: has another shape")
    named = [group.get("name") if isinstance(group, dict) else group for group in said]
    return list(dict.fromkeys(_name("groups", name) for name in named))


def _name(what: str, said: Any) -> str:
    if not isinstance(said, str) or not 0 < len(said) <= LONGEST_NAME or not said.isprintable() or said != said.strip():
        raise Invalid(f"{what}: a name is printable, without blanks around it")
    return said
