"""Renew the files of others that lie in ``paddles/static``: ``python tools/vendor.py [NAME=VERSION ...]``.

``paddles/static/vendored.json`` says which there are: the npm package and its version, the licence, and for each file
which one of the package it is, with its SHA-256. Without arguments the versions that stand there are brought anew.
It needs npm.
"""

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parents[1] / "paddles" / "static"
MANIFEST = STATIC / "vendored.json"


def packed(name: str, version: str, folder: Path) -> Path:
    """Return the archive of a package, brought into a folder by npm."""
    command = ["npm", "pack", "--silent", f"{name}@{version}"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - said by the maintainer
    (archive,) = folder.glob("*.tgz")
    return archive


def renew(name: str, known: dict[str, Any]) -> None:
    """Put the files of a package where they belong, and note their digests."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(packed(name, known["version"], Path(folder))) as archive:
        for path, file in known["files"].items():
            member = archive.extractfile(f"package/{file['from']}")
            if member is None:
                raise SystemExit(f"{name} has no {file['from']}")
            data = member.read()
            (STATIC / path).parent.mkdir(parents=True, exist_ok=True)
            (STATIC / path).write_bytes(data)
            file["sha256"] = hashlib.sha256(data).hexdigest()


def main(wanted: dict[str, str]) -> None:
    """Renew all packages, those of ``wanted`` in another version."""
    manifest = json.loads(MANIFEST.read_text())
    for name, known in manifest.items():
        known["version"] = wanted.get(name, known["version"])
        renew(name, known)
        print(name, known["version"])  # noqa: T201 - a tool for the terminal
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main(dict(each.split("=", 1) for each in sys.argv[1:]))
