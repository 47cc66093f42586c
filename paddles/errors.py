"""What can go wrong, in the service's own words; ``web.face`` turns each into one HTTP answer."""


class PaddlesError(Exception):
    """A request the service understood and refused."""

    status = 500


class Invalid(PaddlesError):
    """The request says something that cannot be so."""

    status = 400


class Unauthenticated(PaddlesError):
    """The asker brings nothing by which it could be known."""

    status = 401


class Forbidden(PaddlesError):
    """The asker may not do this to this thing."""

    status = 403


class NotFound(PaddlesError):
    """No such thing."""

    status = 404


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


class Unavailable(PaddlesError):
    """Not now; the same request may succeed later."""

    status = 503
