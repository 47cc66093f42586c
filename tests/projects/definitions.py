"""Definitions for tests: small, right, and to be changed by whoever asks."""

from typing import Any

import pytest

from paddles.errors import Malformed
from paddles.projects.definition import checked

SCRIPT = "#!/bin/sh\nmake check\n"


def run(name: str = "unit", **said: Any) -> dict[str, Any]:
    """Return a run that is right; ``_`` in the names of what is said further stands for a dash."""
    return {"name": name, "container": "debian:12", "host-tag": "amd64", "script": "test", **dashed(said)}


def trigger(name: str = "main", *runs: dict[str, Any], **said: Any) -> dict[str, Any]:
    """Return a trigger of the type simple, of one run unless others are given."""
    return {"name": name, "type": "simple", "runs": list(runs) or [run()], **dashed(said)}


def definition(*triggers: dict[str, Any], **said: Any) -> dict[str, Any]:
    """Return a definition with one script, ``test``, and of one trigger unless others are given."""
    return {"timeout": 30, "scripts": {"test": SCRIPT}, "triggers": list(triggers) or [trigger()], **dashed(said)}


def loop(param: str, *values: str) -> dict[str, Any]:
    """Return a loop over values."""
    return {"param": param, "values": list(values)}


def dashed(said: dict[str, Any]) -> dict[str, Any]:
    """Return what is said under names with dashes."""
    return {name.replace("_", "-"): value for name, value in said.items()}


def refusal(data: Any) -> list[str]:
    """Return the lines in which a definition is refused."""
    with pytest.raises(Malformed) as caught:
        checked(data)
    lines = str(caught.value).splitlines()
    assert len(lines) == len(caught.value.faults) + (lines[-1] == "and more")
    return lines
