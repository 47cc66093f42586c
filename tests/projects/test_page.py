"""The page on definitions: its examples are what it says they are."""

import re
from pathlib import Path
from typing import Any

import pytest

from paddles.errors import Malformed
from paddles.projects import shapes
from paddles.projects.definition import checked, parsed

PAGE = (Path(__file__).parents[2] / "docs" / "jobserv-definitions.md").read_text()
BLOCKS = [
    re.sub("^ {4}", "", block, flags=re.MULTILINE).strip()
    for block in re.findall(r"(?:^ {4}.*\n|^\n)+", PAGE, re.MULTILINE)
]
SAID = [block for block in BLOCKS if block]
EXAMPLES = [(said, SAID[at + 1]) for at, said in enumerate(SAID) if said.startswith("timeout:")]


def answer(text: str) -> str:
    """Return the names of the runs of a definition, or what it is refused with."""
    try:
        return "\n".join(
            run["name"] for trigger in checked(parsed(text.encode()))["triggers"] for run in trigger["runs"]
        )
    except Malformed as error:
        return str(error)


@pytest.mark.parametrize(("text", "below"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_examples_are_answered_by_what_stands_below(text: str, below: str) -> None:
    """Names of runs, in order, or faults."""
    assert below == answer(text)


def test_every_key_of_a_definition_is_in_a_table() -> None:
    """At every level, and no key is there that a definition has not."""
    kinds: list[Any] = [shapes.Definition, shapes.Trigger, shapes.Run]
    there = {field.alias for kind in kinds for field in kind.model_fields.values()}
    cells = [line.split(" | ")[0] for line in PAGE.splitlines() if line.startswith("| `")]

    assert there == {key for cell in cells for key in re.findall(r"`([a-z-]+)`", cell)}
    assert 5 == len(EXAMPLES)


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
