"""What a promise is checked with."""

import threading
import time
from collections.abc import Callable


class BrokenError(AssertionError):
    """A promise that the service did not keep."""


def same(expected: object, found: object, what: str) -> None:
    """Raise BrokenError unless both are equal."""
    if expected != found:
        raise BrokenError(f"{what}: expected {expected!r}, found {found!r}")


def true(fact: object, what: str) -> None:
    """Raise BrokenError unless ``fact`` holds."""
    if not fact:
        raise BrokenError(what)


def until(look: Callable[[], object], what: str, within_s: float) -> None:
    """Look again and again until there is something; raise BrokenError when there is nothing in time."""
    deadline = time.monotonic() + within_s
    pause = threading.Event()
    while not look():
        if time.monotonic() > deadline:
            raise BrokenError(f"not within {within_s:.0f} s: {what}")
        pause.wait(0.1)
