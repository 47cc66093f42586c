"""What faces do with passwords: hashes are made between two units of work, few at once, no connection held."""

from collections.abc import Callable
from typing import Any, TypeVar

from paddles.accounts import limits, passwords, turns, users
from paddles.db.session import Session
from paddles.errors import Invalid, Unavailable
from paddles.web import origins, parking
from paddles.web.face import Call, Then

T = TypeVar("T")
# For how long a request is put aside that finds all places taken, in seconds.
PATIENCE_S = 20.0
BAD_CREDENTIALS = "LOGIN_BAD_CREDENTIALS"


def slowly(work: Callable[[], T]) -> T:
    """Return ``work()``, which hashes; a request that finds all places taken is put aside, and tried again.

    Raises:
        Unavailable: it was tried for long, or cannot be put aside.
    """
    try:
        return turns.taken(work)
    except Unavailable:
        parking.settled(parking.Later(None, PATIENCE_S))
        raise


def with_hash(call: Call, password: str | None, work: Callable[[Session, str | None], Any]) -> Any:
    """Return what ``work(session, hash)`` answers, in a unit after the hash was made; at once without a password."""
    if password is None:
        return work(call.session, None)
    made: list[str] = []
    memory = call.settings.password_memory_kib
    return Then(
        lambda: made.append(slowly(lambda: passwords.hashed(password, memory))),
        lambda session: work(session, made[-1]),
    )


def proven(call: Call, username: str, password: str, work: Callable[[Session, Any], Any]) -> Then:
    """Return what ``work(session, user)`` answers if the password is the user's, who is active; else refuse.

    Whether there is such a user cannot be told from the answer or from its time. Too many wrong ones are refused
    before they are looked at.

    Raises:
        TooMany: too many were wrong before.
    """
    memory = call.settings.password_memory_kib
    counted = limits.logins(username, origins.peer(call.headers))
    limits.check(call.session, counted, call.now)
    user = users.by_name(call.session, username)
    found: list[tuple[bool, str | None]] = []

    def compare() -> tuple[bool, str | None]:
        stored = user.password if user else passwords.decoy(memory)
        fits = passwords.fits(stored, password)
        return fits, passwords.hashed(password, memory) if fits and passwords.outdated(stored, memory) else None

    def decide(session: Session) -> Any:
        fits, anew = found[-1]
        if user is None or not fits or not user.is_active:
            limits.count(session, counted, call.now)
            return Invalid(BAD_CREDENTIALS)
        if anew:
            users.rehash(session, user.id, user.password, anew)
        return work(session, user)

    return Then(lambda: found.append(slowly(compare)), decide)
