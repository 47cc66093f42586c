"""Slow work in turns: few at once in a process, so that its other threads answer whatever else is asked."""

import threading
from collections.abc import Callable
from typing import TypeVar

from paddles.errors import Unavailable

T = TypeVar("T")
# Hashes of passwords at once: with four threads, two are left when everybody logs in.
PLACES = threading.BoundedSemaphore(2)


def taken(work: Callable[[], T]) -> T:
    """Return ``work()``.

    Raises:
        Unavailable: all places are taken; nothing was done, and nobody has waited.
    """
    if not PLACES.acquire(blocking=False):
        raise Unavailable("too many passwords are being checked, please retry")
    try:
        return work()
    finally:
        PLACES.release()
