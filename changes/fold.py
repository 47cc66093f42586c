"""Fold the fragments beside this file into CHANGELOG.md: ``python changes/fold.py VERSION``."""

import datetime
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
KINDS = ("added", "changed", "fixed", "removed")
FRAGMENT = re.compile(rf"[a-z0-9][a-z0-9-]*\.({'|'.join(KINDS)})\.md")
VERSION = re.compile(r"\d+(\.\d+)+[a-z0-9.]*")
OTHERS = {"README.md", Path(__file__).name}
NEXT_SECTION = re.compile(r"^## (?!Unreleased$)", re.MULTILINE)


def fragments(directory: Path) -> list[Path]:
    """Return the fragments in ``directory``, by name. Raises ValueError for a file that is none, or says nothing."""
    found = sorted(path for path in directory.iterdir() if path.is_file() and path.name not in OTHERS)
    for path in found:
        if not FRAGMENT.fullmatch(path.name):
            raise ValueError(f"{path.name}: not called <name>.<kind>.md, <kind> one of {', '.join(KINDS)}")
        if not path.read_text().strip():
            raise ValueError(f"{path.name}: empty")
    return found


def section(version: str, date: datetime.date, found: list[Path]) -> str:
    """Return what the changelog says of a version, each fragment one line of its kind's list."""
    parts = [f"## {version} ({date})"]
    for kind in KINDS:
        lines = [" ".join(path.read_text().split()) for path in found if path.name.endswith(f".{kind}.md")]
        if lines:
            parts.append("\n".join([f"### {kind.capitalize()}\n", *(f"- {line}" for line in lines)]))
    return "\n\n".join(parts) + "\n"


def fold(directory: Path, changelog: Path, version: str, date: datetime.date) -> int:
    """Put the fragments of ``directory`` into ``changelog`` as ``version``, remove them, return how many they were.

    Raises:
        ValueError: there are none, one is malformed, or the version is malformed or in the changelog already. Nothing
            is changed then.
    """
    if not VERSION.fullmatch(version):
        raise ValueError(f"{version!r} is no version such as 1.2.0")
    text, found = changelog.read_text(), fragments(directory)
    if not found:
        raise ValueError("nothing changed since the last version")
    if f"\n## {version} " in text:
        raise ValueError(f"version {version} is in the changelog already")
    after = NEXT_SECTION.search(text)
    place = after.start() if after else len(text)
    head, tail = text[:place].rstrip("\n"), text[place:]
    changelog.write_text(f"{head}\n\n{section(version, date, found)}" + (f"\n{tail}" if tail else ""))
    for path in found:
        path.unlink()
    return len(found)


def main(arguments: list[str]) -> int:
    """Fold, and say what was done; return the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("name the version: make changelog VERSION=1.2.0\n")
        return 2
    today = datetime.datetime.now(datetime.UTC).date()
    try:
        count = fold(HERE, HERE.parent / "CHANGELOG.md", arguments[0], today)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{count} changes folded into CHANGELOG.md as {arguments[0]}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
