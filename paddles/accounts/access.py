"""Who asks, and what follows from it. Pure."""

from dataclasses import dataclass

from paddles.errors import Forbidden, Unauthenticated


@dataclass(frozen=True)
class Principal:
    """Whom a request speaks for: a user as of the request, or with a blank ``id`` nobody in particular."""

    id: str = ""
    username: str = ""
    email: str = ""
    groups: tuple[str, ...] = ()
    is_superuser: bool = False
    is_verified: bool = False


NOBODY = Principal()


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
