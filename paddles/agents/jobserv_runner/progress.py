"""How far a run is, by a pattern for lines of its log that its project brings."""

from __future__ import annotations

import re
import signal
import threading
from typing import Any

from .console import Console

LIMIT_S = 0.2
LINE_BYTES, LINES = 1000, 20


class _TooSlow(Exception):
    """The pattern takes too long."""


class Progress:
    """Looks at the last whole lines of what is printed, as long as the pattern is quick enough."""

    def __init__(self, pattern: str | None, console: Console) -> None:
        """Look for a pattern with groups ``current`` and ``total``; none is for nothing."""
        self.console = console
        self.rest = b""
        try:
            self.pattern = re.compile(pattern) if pattern else None
        except re.error as error:
            console.error(f"the pattern of the console's progress is none: {error}")
            self.pattern = None

    def heard(self, data: bytes) -> None:
        """Say how far the run is when a line tells."""
        if self.pattern is None:
            return
        lines = (self.rest + data).replace(b"\r", b"\n").split(b"\n")
        self.rest = lines.pop()[-LINE_BYTES:]
        for line in reversed(lines[-LINES:]):
            found = self._find(line[:LINE_BYTES].decode(errors="replace"))
            if found:
                self.console.progress(str(found.get("current", "")), str(found.get("total", "")))
                return

    def _find(self, line: str) -> dict[str, str | Any]:
        # Only the main thread can be interrupted while a pattern is looked for.
        if self.pattern is None or threading.current_thread() is not threading.main_thread():
            return {}
        before = signal.signal(signal.SIGALRM, _interrupt)
        signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
        try:
            found = self.pattern.search(line)
        except _TooSlow:
            self.console.error("the pattern of the console's progress takes too long and is left out")
            self.pattern, found = None, None
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        return found.groupdict() if found else {}


def _interrupt(*_: object) -> None:
    raise _TooSlow
