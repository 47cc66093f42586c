"""Waiting for something that happens elsewhere, with a deadline; no test sleeps blindly."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], timeout_s: float = 30) -> T:
    """Return the first true result of ``condition``, asked every 20 ms.

    Raises:
        AssertionError: there was none in time.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {condition}"
        threading.Event().wait(0.02)
