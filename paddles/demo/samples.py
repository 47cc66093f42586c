"""Documents that somebody has at hand: callbacks of LAVA and documents of KCIDB, sent as they are."""

import json
from pathlib import Path

from paddles.demo.wire import Refused, Wire

LAVA, KCIDB = {"definition", "status"}, {"revisions", "checkouts", "builds", "tests"}
# Who a callback is from that does not say so.
LAB = "samples"


def send(wire: Wire, directory: Path) -> tuple[int, int]:
    """Send what lies in a directory, however deep; return how many documents were taken, and how many were not.

    Documents of KCIDB need a token. What is neither of these is passed over.
    """
    taken = refused = 0
    for path in sorted(directory.rglob("*.json")):
        address = _address(path)
        if not address or (address == "/submit" and not wire.token):
            refused += address == "/submit"
            continue
        try:
            wire.send("POST", address, path.read_bytes(), as_admin=address == "/submit")
            taken += 1
        except Refused:
            refused += 1
    return taken, refused


def _address(path: Path) -> str:
    """Return where a document is sent, blank where it is none that we know."""
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        return ""
    if not isinstance(found, dict):
        return ""
    if LAVA <= set(found):
        return "/ingest/lava" if found.get("lab_name") else f"/ingest/lava?lab_name={LAB}"
    return "/submit" if "version" in found and KCIDB & set(found) else ""
