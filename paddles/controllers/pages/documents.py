"""Documents on pages: JSON as YAML, whole or as much of it as a page bears. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from paddles.boot import block_yaml
from paddles.boot.privacy import private
from paddles.controllers.pages import yaml_spans
from paddles.controllers.pages.yaml_spans import Part
from paddles.errors import Invalid

MOST_LINES, MOST_BYTES = 2000, 256 * 1024


@dataclass(frozen=True)
class Document:
    """What is shown of a document: its ``lines``, whether they are ``cut``, or ``why`` it is not shown."""

    lines: Sequence[Sequence[Part]] = ()
    cut: bool = False
    why: str = ""

    @property
    def text(self) -> str:
        """The lines without their parts told apart."""
        return "\n".join("".join(part.text for part in line) for line in self.lines)


def of(content: bytes | None, most: int = MOST_BYTES) -> Document:
    """Return a document of JSON as lines of YAML; of what a job is told in it, what is private is left out."""
    if len(content or b"") > most:
        return Document(why=f"It has {len(content or b''):,} bytes, too many to be shown here.")
    said = orjson.loads(content or b"{}")
    if not isinstance(said, dict):
        said = {"data": said}
    if isinstance(said.get("job"), Mapping):
        said["job"] = {name: value for name, value in said["job"].items() if not private(name)}
    return written(said)


def written(said: Mapping[str, Any]) -> Document:
    """Return a mapping as lines of YAML."""
    try:
        found = list(islice(yaml_spans.lines(block_yaml.dump(said)), MOST_LINES + 1)) if said else []
    except Invalid:
        return Document(why="It is nested too deep to be shown here.")
    return Document(found[:MOST_LINES], len(found) > MOST_LINES)


def mapping(content: bytes | None) -> dict[str, Any]:
    """Return what a document of JSON says, nothing where it is no object."""
    said = orjson.loads(content or b"{}")
    return said if isinstance(said, dict) else {}
