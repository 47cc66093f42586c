"""The files of others that travel with the service: those that the manifest says, unchanged."""

import hashlib
import json
from pathlib import Path

import pytest

from paddles.controllers.docs import VIEWER_VERSION

STATIC = Path(__file__).parents[1] / "paddles" / "static"
MANIFEST = json.loads((STATIC / "vendored.json").read_text())
FILES = {path: file["sha256"] for package in MANIFEST.values() for path, file in package["files"].items()}


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_what_its_package_has(path: str) -> None:
    """Its digest is the one that was noted when it was brought."""
    assert FILES[path] == hashlib.sha256((STATIC / path).read_bytes()).hexdigest()


@pytest.mark.parametrize("name", MANIFEST)
def test_a_package_comes_with_its_licence(name: str) -> None:
    """The text lies beside the files, and nothing lies there that the manifest does not know, but for what we say."""
    known = set(MANIFEST[name]["files"])
    (folder,) = {(STATIC / path).parent for path in known}
    lying = {path.relative_to(STATIC).as_posix() for path in folder.iterdir() if path.name != "README.md"}

    assert known == lying
    assert MANIFEST[name]["licence"]
    assert any(Path(path).stem == "LICENSE" for path in lying)


def test_the_viewer_of_the_description_has_one_version() -> None:
    """What whoever has it is told is the version that lies there."""
    assert MANIFEST["rapidoc"]["version"] == VIEWER_VERSION
