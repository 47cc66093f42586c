"""The pages on definitions: their examples are what they say they are."""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from paddles.errors import Malformed
from paddles.projects import shapes
from paddles.projects.definition import checked, parsed

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {path.name: path.read_text() for path in sorted(DOCS.glob("jobserv*.md"))}
PAGE = PAGES["jobserv-definitions.md"]
# Keys of a definition: what has one at the beginning of a line is one.
KEYS = "|".join(str(field.alias) for field in shapes.Definition.model_fields.values())


def blocks(page: str) -> list[str]:
    """Return what stands indented on a page, block by block."""
    found = re.findall(r"(?:^ {4}.*\n|^\n)+", page, re.MULTILINE)
    return [block for each in found if (block := re.sub("^ {4}", "", each, flags=re.MULTILINE).strip())]


EXAMPLES = [
    (name, said, below)
    for name, page in PAGES.items()
    for said, below in pairwise([*blocks(page), ""])
    if re.search(rf"^({KEYS}):", said, re.MULTILINE)
]


def answer(text: str) -> str:
    """Return the names of the runs of a definition, or what it is refused with."""
    try:
        return "\n".join(
            run["name"] for trigger in checked(parsed(text.encode()))["triggers"] for run in trigger["runs"]
        )
    except Malformed as error:
        return str(error)


@pytest.mark.parametrize(("page", "text", "below"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_examples_are_answered_by_what_stands_below(page: str, text: str, below: str) -> None:
    """Names of runs, in order, or faults."""
    assert below == answer(text)


def test_every_key_of_a_definition_is_in_a_table() -> None:
    """At every level, and no key is there that a definition has not."""
    kinds: list[Any] = [shapes.Definition, shapes.Trigger, shapes.Run]
    there = {field.alias for kind in kinds for field in kind.model_fields.values()}
    cells = [line.split(" | ")[0] for line in PAGE.splitlines() if line.startswith("| `")]

    assert there == {key for cell in cells for key in re.findall(r"`([a-z-]+)`", cell)}


def test_every_example_is_found() -> None:
    """On each page."""
    assert {"jobserv-definitions.md": 5, "jobserv-triggers.md": 2} == Counter(name for name, _, _ in EXAMPLES)


@pytest.mark.parametrize(
    "figure",
    [
        f"{shapes.LONGEST_TIMEOUT_MIN:,}",
        f"{shapes.LONGEST_VALUE:,}",
        f"at most {shapes.LONGEST_NAME} characters",
    ],
)
def test_figures_are_those_of_the_code(figure: str) -> None:
    """As the page says them."""
    assert figure in PAGE
