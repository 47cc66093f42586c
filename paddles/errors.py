"""What can go wrong, in the service's own words; ``web.face`` turns each into one HTTP answer."""

from dataclasses import dataclass


class PaddlesError(Exception):
    """A request the service understood and refused."""

    status = 500


class Invalid(PaddlesError):
    """The request says something that cannot be so."""

    status = 400


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with the shape of a request: of which kind, where (``("body", "name")``), in words.

    ``input`` is what was sent there where that is short and plain, otherwise None.
    """

    type: str
    loc: tuple[str | int, ...]
    msg: str
    input: str | int | float | bool | None = None


class Malformed(Invalid):
    """The request has not the shape that it must have; ``faults`` says it part by part."""

    def __init__(self, message: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults


class Unauthenticated(PaddlesError):
    """The asker brings nothing by which it could be known."""

    status = 401


class Forbidden(PaddlesError):
    """The asker may not do this to this thing."""

    status = 403


class NotFound(PaddlesError):
    """No such thing."""

    status = 404


class NoAddress(NotFound):
    """Nothing of the service stands at this address."""


class NotAllowed(PaddlesError):
    """The address exists and does not know this method; ``methods`` are those it knows."""

    status = 405

    def __init__(self, message: str, methods: tuple[str, ...]) -> None:
        super().__init__(message)
        self.methods = methods


class Conflict(PaddlesError):
    """The thing is not in a state that allows this, or exists already."""

    status = 409


class TooLarge(PaddlesError):
    """The request is larger than the service takes."""

    status = 413


class Closed(PaddlesError):
    """The thing is complete and takes nothing any more."""

    status = 423


class TooMany(PaddlesError):
    """The asker has tried this too often; again in ``seconds``."""

    status = 429

    def __init__(self, message: str, seconds: int = 60) -> None:
        super().__init__(message)
        self.seconds = seconds


class Unavailable(PaddlesError):
    """Not now; the same request may succeed later."""

    status = 503
