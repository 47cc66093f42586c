"""What tells the environments in which a test fails from those in which it passes. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Difference:
    """A facet by which they can be told apart: the test fails with each of ``fails``, and passes with all others."""

    facet: str
    fails: tuple[str, ...]
    passes: tuple[str, ...]


def differences(places: Sequence[Mapping[str, Any]], facets: Sequence[str]) -> list[Difference]:
    """Return the facets of which no value is among both those that fail and those that pass.

    ``places`` are environments, each with its facets and its last ``result``. There are none where all of them pass,
    or all fail: then there is nothing to tell apart.
    """
    found = []
    for facet in facets:
        failing, passing = (
            {str(place[facet]) for place in places if place["result"] == result} for result in ("fail", "pass")
        )
        if failing and passing and not failing & passing:
            found.append(Difference(facet, tuple(sorted(failing)), tuple(sorted(passing))))
    return found
