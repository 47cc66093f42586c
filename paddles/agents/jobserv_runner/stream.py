"""The log of a run on its way to the server: every byte once and in order, however often the connection breaks."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from .console import Console
from .wire import Answer, Unreachable

# Something is sent when so much waits or so long has passed; an empty request says that the run lives and hears
# whether it was cancelled.
ENOUGH_BYTES, INTERVAL_S = 1024, 10.0
CHUNK_BYTES = 256 * 1024
PAUSES_S = (0.25, 0.5, 1, 2, 4, 8, 16, 30)
# How long an end may wait for a server that does not answer.
PATIENCE_S = 15 * 60
# Refusals that another try may mend; after any other the run is not ours.
PASSING = (408, 425, 429)

Append = Callable[[bytes, "dict[str, str]"], Answer]


class Stream(Console):
    """A log that is written to a file of the run's folder and sent from there by a thread.

    Each request says in ``X-Log-Offset`` where in this log its bytes begin, so that a server that has them already
    leaves them out. What was sent is kept beside the log, for a run that goes on after a reboot.
    """

    def __init__(self, run_dir: Path, append: Append, base: int = 0, interval_s: float = INTERVAL_S) -> None:
        """Open the log in ``run_dir``; ``base`` is how many bytes others sent under the same key before."""
        self.append, self.base, self.interval_s = append, base, interval_s
        self.place = run_dir / "console.sent"
        self.file = os.open(run_dir / "console.log", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self.written = os.fstat(self.file).st_size
        self.sent = int(self.place.read_text()) if self.place.exists() else 0
        self.moves: list[tuple[int, str]] = []
        self.said = ""
        self.patience = float("inf")
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._send, daemon=True)
        self.thread.start()

    def write(self, data: bytes) -> None:
        """Add bytes as they are."""
        with self.changed:
            view = memoryview(data)
            while view:
                view = view[os.write(self.file, view) :]
            self.written += len(data)
            self.changed.notify_all()

    def status(self, word: str) -> None:
        """Say what the run's status is from here on: it is sent with the bytes before it, or after them."""
        with self.changed:
            self.moves.append((self.written, word))
            self.changed.notify_all()

    def progress(self, current: str, total: str) -> None:
        """Send how far the run is with what is sent next."""
        self.said = json.dumps({"current": current, "total": total})

    def close(self) -> None:
        """Send all that is left, unless the run is lost or nobody answers for long."""
        with self.changed:
            self.patience = time.monotonic() + PATIENCE_S
            self.changed.notify_all()
        self.thread.join()
        os.fsync(self.file)
        os.close(self.file)

    def _send(self) -> None:
        while not self.lost:
            with self.changed:
                self.changed.wait_for(self._due, self.interval_s)
                ended = self.patience < float("inf") and self.sent == self.written and not self.moves
                body, headers = self._next()
            if ended or not self._deliver(body, headers):
                return

    def _due(self) -> bool:
        return self.patience < float("inf") or bool(self.moves) or self.written - self.sent >= ENOUGH_BYTES

    def _next(self) -> tuple[bytes, dict[str, str]]:
        """Return what is sent next: the bytes before the next status, and the status when these are all."""
        headers = {"Content-Type": "text/plain", "X-Log-Offset": str(self.base + self.sent)}
        end = min(self.written, self.sent + CHUNK_BYTES, *(at for at, _ in self.moves[:1]))
        if self.moves and self.moves[0][0] == end:
            headers["X-RUN-STATUS"] = self.moves[0][1]
        said, self.said = self.said, ""
        if said:
            headers["X-RUN-METADATA"] = said
        return os.pread(self.file, end - self.sent, self.sent), headers

    def _deliver(self, body: bytes, headers: dict[str, str]) -> bool:
        """Send until it is heard; return False when it never will be."""
        tries = 0
        while True:
            try:
                answer = self.append(body, headers)
            except Unreachable:
                answer = None
            if answer and answer.good:
                self._heard(len(body), "X-RUN-STATUS" in headers, answer)
                return True
            if answer and 300 <= answer.status < 500 and answer.status not in PASSING:
                self.stopped, self.lost = f"the server no longer takes what it says ({answer.status})", True
                return False
            if not self._pause(PAUSES_S[min(tries, len(PAUSES_S) - 1)]):
                return False
            tries += 1

    def _pause(self, seconds: float) -> bool:
        """Wait before the next try; return False when there is to be none."""
        with self.changed:
            self.changed.wait_for(lambda: time.monotonic() > self.patience, seconds)
        return time.monotonic() < self.patience

    def _heard(self, count: int, moved: bool, answer: Answer) -> None:
        with self.changed:
            self.sent += count
            if moved:
                del self.moves[0]
        self.place.write_text(str(self.sent))
        if answer.headers.get("X-JOBSERV-CANCEL"):
            self.stopped = self.stopped or "it was cancelled"
