"""``pecan migrate``: migrations listed with their moments, and the way to one of them."""

import re
import subprocess
from pathlib import Path

import pytest

from paddles.db import migrations
from tests.commands.conftest import SCRIPT, Pecan
from tests.processes import environment

APPLIED = r"(\d{4}) +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00  \S"


def states(listed: str) -> dict[str, str]:
    """Return what the list says of each migration: a year, ``done`` or ``not``."""
    return {line[:4]: line.split()[1][:4] for line in listed.splitlines()}


def test_migrations_are_listed_with_their_moment(empty_config: Path, command: Pecan) -> None:
    """All that there are, in order; before they ran they are not done, afterwards each says when."""
    before = command("migrate", empty_config)
    command("populate", empty_config)
    after = command("migrate", empty_config)

    assert {"not"} == set(states(before).values())
    assert list(states(before)) == list(states(after)) == sorted(states(after))
    assert migrations.head() == list(states(after))[-1]
    # Those before the table of moments came say no more than that they are done.
    assert re.match(APPLIED, after.splitlines()[-1])


def test_one_goes_back_and_forth(empty_config: Path, command: Pecan) -> None:
    """To a number, or to nothing at all; back only when one says so, and each way is written down."""
    command("migrate", empty_config, "head")
    newest, older = migrations.head(), "0005"

    refused = command("migrate", empty_config, older, code=1)
    assert f"the database is at {newest}: {older} is back from there" in refused
    assert "not" == states(command("migrate", empty_config, older, "--down"))[newest]
    assert "is not back from there" in command("migrate", empty_config, "head", "--down", code=1)
    assert {"not"} == set(states(command("migrate", empty_config, "base", "--down")).values())
    assert re.match(APPLIED, command("migrate", empty_config, "head").splitlines()[-1])


def test_a_target_that_is_none_is_refused(empty_config: Path, command: Pecan) -> None:
    """It says which there are."""
    refused = command("migrate", empty_config, "0099; DROP TABLE runs", code=1)

    assert "there is no migration 0099; DROP TABLE runs" in refused
    assert migrations.head() in refused


@pytest.mark.parametrize(("target", "before"), [(("head",), ""), (("0005", "--down"), "head")])
def test_several_at_once_take_turns(empty_config: Path, command: Pecan, target: tuple[str, ...], before: str) -> None:
    """Forth and back: each ends where it was told to, or says that somebody was there before it."""
    if before:
        command("migrate", empty_config, before)
    words = [SCRIPT, "migrate", empty_config, *target]
    started = [
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
        for _ in range(3)
    ]
    said = [process.communicate(timeout=120) for process in started]

    assert {0} <= {process.returncode for process in started} <= {0, 1}, said
    refused = [err for process, (_, err) in zip(started, said, strict=True) if process.returncode]
    assert all("is not back from there" in err for err in refused), said
    newest = migrations.head() if target[0] == "head" else target[0]
    done = [revision for revision, state in states(command("migrate", empty_config)).items() if state != "not"]
    assert newest == done[-1]
