"""Who asks, and what follows from it. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from paddles.errors import Forbidden, Unauthenticated


@dataclass(frozen=True)
class Principal:
    """Whom a request speaks for: a user as of the request, or with a blank ``id`` nobody in particular.

    A program that has a grant is no user: it has a name and the ``scope`` of the grant. Whoever shows a key of the
    service is none either, and may do everything all the same. ``permissions`` are what a token of another service says
    that it allows, ``origin`` whose results it lets its bearer submit.
    """

    id: str = ""
    username: str = ""
    email: str = ""
    groups: tuple[str, ...] = ()
    is_superuser: bool = False
    is_verified: bool = False
    scope: str = ""
    permissions: tuple[str, ...] = ()
    origin: str = ""


NOBODY = Principal()
# Whoever shows a key of the service itself.
SERVICE = Principal(is_superuser=True)
# What programs may by the scope of their grant. Users may all of it.
ALLOWS: Mapping[str, frozenset[str]] = {
    "read": frozenset(("read",)),
    "report": frozenset(("read", "report")),
    "machine": frozenset(("read", "machine")),
}
Guard = Callable[[Principal], Principal]


def anybody(principal: Principal) -> Principal:
    """Return ``principal``, whoever it is: what is asked where everybody may, and it is to be known who does."""
    return principal


def known(principal: Principal) -> Principal:
    """Return ``principal`` if it is a user.

    Raises:
        Unauthenticated: it is nobody.
    """
    if not principal.id:
        raise Unauthenticated("Unauthorized")
    return principal


def verified(principal: Principal) -> Principal:
    """Return ``principal`` if it is a user whose address is known to be right.

    Raises:
        Unauthenticated: it is nobody.
        Forbidden: nobody has shown yet that mail to that address reaches the user.
    """
    if not known(principal).is_verified:
        raise Forbidden("Forbidden")
    return principal


def superuser(principal: Principal) -> Principal:
    """Return ``principal`` if it is a user who may do everything.

    Raises:
        Unauthenticated: it is nobody.
        Forbidden: it is somebody else.
    """
    if not known(principal).is_superuser:
        raise Forbidden("Forbidden")
    return principal


def administrator(principal: Principal) -> Principal:
    """Return ``principal`` if it may do everything: such a user, or whoever shows a key of the service itself.

    Raises:
        Unauthenticated: it is nobody.
        Forbidden: it is somebody else.
    """
    if principal.is_superuser:
        return principal
    if principal.username:
        raise Forbidden("Forbidden")
    raise Unauthenticated("Unauthorized")


def reads_address(principal: Principal, user_id: str) -> bool:
    """Return whether ``principal`` is shown the e-mail address of a user: its own, or anybody's if it may all."""
    return principal.is_superuser or principal.id == user_id


def permitted(permission: str, group: str, scope: str = "-") -> Guard:
    """Return what lets through whose token has a permission, the members of a group, superusers, and programs that
    have a grant of a scope, where one is given.

    It raises Unauthenticated for nobody, and Forbidden for others.
    """

    def check(principal: Principal) -> Principal:
        allowed = permission in principal.permissions or group in principal.groups or scope == principal.scope
        if not (principal.is_superuser or allowed):
            if not (principal.id or principal.scope):
                raise Unauthenticated("Unauthorized")
            raise Forbidden(f"this takes the permission {permission}, or the group {group}")
        return principal

    return check


def guard(mode: str, what: str) -> Guard | None:
    """Return who may do ``what`` where a face is ``open``, asks for a ``token``, or is ``closed``; None: anybody.

    ``what`` is ``read``, ``report``, ``machine``, or ``enter``: what leads to a token needs none.
    """
    if mode == "open" or (mode == "token" and what == "enter"):
        return None
    return _closed if mode == "closed" else _GUARDS[what]


def _closed(principal: Principal) -> Principal:
    raise Forbidden("this part of the service is closed")


def _allowed(what: str) -> Guard:
    def check(principal: Principal) -> Principal:
        if principal.is_superuser:
            return principal
        if not (principal.id or principal.scope):
            raise Unauthenticated("a token is needed")
        if not principal.id and what not in ALLOWS.get(principal.scope, ()):
            raise Forbidden(f"a token of the scope {principal.scope} does not give the right to {what}")
        return principal

    return check


_GUARDS = {what: _allowed(what) for what in ("read", "report", "machine")}
