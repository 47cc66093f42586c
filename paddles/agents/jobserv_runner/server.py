"""The run at its server: its log, the places for its files, its tests."""

from __future__ import annotations

import json
import time
import urllib.parse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Callable

from .console import Failed
from .stream import PASSING
from .wire import Answer, Unreachable, send

PAUSES_S = (1, 2, 4)
# What a file may take to be sent: storage can be slow with large ones.
UPLOAD_S = 600


class Server:
    """The server of one run, which knows it by its key."""

    def __init__(self, run_url: str, key: str) -> None:
        """Speak for the run at ``run_url``, which ends in a slash, with its key."""
        self.run_url = run_url if run_url.endswith("/") else f"{run_url}/"
        self.authorization = {"Authorization": f"Token {key}"}

    def append(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Add to the log, once; see ``Stream`` for what is done when nobody hears."""
        return send("POST", self.run_url, body, {**headers, **self.authorization})

    def sign(self, names: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return where files of these names are to be put, and with which type: ``url`` and ``content-type``.

        Raises:
            Failed: the server refuses, or does not answer.
        """
        found = self._say("POST", f"{self.run_url}create_signed", list(names))["urls"]
        return {name: found[name] for name in names if name in found}

    def put(self, path: Path, url: str, content_type: str) -> None:
        """Send the bytes of a file to a place that was signed for it.

        Raises:
            Failed: they were not taken, whatever was tried.
        """

        def once() -> Answer:
            size = str(path.stat().st_size)
            with path.open("rb") as file:
                return send("PUT", url, file, {"Content-Type": content_type, "Content-Length": size}, UPLOAD_S)

        _tried(once)

    def test(self, method: str, name: str, document: Mapping[str, Any]) -> None:
        """Create a test with ``POST``, or add to it with ``PUT``.

        Raises:
            Failed: the server refuses, or does not answer.
        """
        self._say(method, f"{self.run_url}tests/{urllib.parse.quote(name, safe='')}/", document)

    def _say(self, method: str, url: str, document: Any) -> Any:
        body = json.dumps(document).encode()
        headers = {"Content-Type": "application/json", **self.authorization}
        answer = _tried(lambda: send(method, url, body, headers))
        return answer.data() if answer.body else {}


def _tried(once: Callable[[], Answer]) -> Answer:
    """Return the first good answer; say why there was none after four tries, or when another one cannot help."""
    why = ""
    for pause in (*PAUSES_S, 0):
        try:
            answer = once()
        except Unreachable as error:
            why = str(error)
        else:
            if answer.good:
                return answer
            why = f"{answer.status} {answer.body[:500].decode(errors='replace')}"
            if 400 <= answer.status < 500 and answer.status not in PASSING:
                break
        time.sleep(pause)
    raise Failed(f"refused: {why}")
