"""``pecan dashboards``: out into a file and in again, whole or in parts, and nothing of what has a fault."""

import json
from pathlib import Path
from typing import Any

import pytest

from paddles.dashboards import definitions, sets
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.errors import Conflict
from tests.commands.conftest import Pecan
from tests.conftest import NOW
from tests.units import rows

PIE = {"slug": "pie", "type": "pie", "source": "builds", "group_by": [{"field": "build_result"}]}
BOARD = {"slug": "mine", "title": "M\u00e4in", "panels": [{"viz": "pie", "x": 0, "y": 0, "w": 12, "h": 8}]}
MINE = {"format": "paddles-dashboards", "version": 1, "dashboards": [BOARD], "visualizations": [PIE]}


def write(file: Path, said: Any) -> str:
    """Write a file of dashboards and return what it is called."""
    file.write_text(said if isinstance(said, str) else json.dumps(said))
    return str(file)


def test_what_is_exported_is_the_same_once_it_was_imported(pecan: Pecan, tmp_path: Path) -> None:
    """Byte for byte, the set that comes with the service and any other."""
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    for given in (None, MINE):
        if given:
            pecan("dashboards", "import", write(tmp_path / "mine.json", given), "--replace")
        pecan("dashboards", "export", str(first))
        pecan("dashboards", "import", str(first), "--replace")
        pecan("dashboards", "export", str(second))
        assert first.read_bytes() == second.read_bytes()
        assert first.read_text() == pecan("dashboards", "export")
    assert "M\u00e4in" in first.read_text()


def test_an_import_adds_and_changes_and_takes_nothing_away(pecan: Pecan, tmp_path: Path) -> None:
    """A line for each; once more there is nothing to do."""
    file = write(tmp_path / "mine.json", {**MINE, "visualizations": [PIE, {**PIE, "slug": "build-results"}]})

    assert "+ dashboards/mine\n+ visualizations/pie\n~ visualizations/build-results\n" == pecan(
        "dashboards", "import", file
    )
    assert "" == pecan("dashboards", "import", file)
    found = definitions.read(pecan("dashboards", "export"))
    assert (10, 30, 1) == (len(found.dashboards), len(found.visualizations), len(found.searches))


def test_a_replacement_keeps_what_was_beside_the_file(pecan: Pecan, tmp_path: Path) -> None:
    """From which it can be brought back."""
    before = pecan("dashboards", "export")
    file = write(tmp_path / "mine.json", MINE)

    said = pecan("dashboards", "import", file, "--replace")

    (backup,) = tmp_path.glob("mine.json.*.backup")
    assert before == backup.read_text()
    assert {"+ dashboards/mine", "- dashboards/home", "- searches/log-lines"} <= set(said.splitlines())
    pecan("dashboards", "import", str(backup), "--replace")
    assert before == pecan("dashboards", "export")


@pytest.mark.parametrize("more", [(), ("--replace",)])
def test_a_dry_run_says_it_and_does_nothing(
    pecan: Pecan, database: Database, tmp_path: Path, more: tuple[str, ...]
) -> None:
    """No file is written, either."""
    file = write(tmp_path / "mine.json", MINE)
    before = pecan("dashboards", "export")

    planned = pecan("dashboards", "import", file, "--dry-run", *more)

    assert [Path(file)] == [each for each in tmp_path.iterdir() if each.name.startswith("mine")]
    assert before == pecan("dashboards", "export")
    assert [] == rows(database, "SELECT FROM dashboard_sets")
    assert planned == pecan("dashboards", "import", file, *more)


FAULTS: list[tuple[Any, str]] = [
    ("{", "/: this is no JSON"),
    ({**MINE, "dashboards": [{**BOARD, "panels": [{"viz": "x"}]}]}, "/dashboards/0/panels/0/x: Field required"),
    ({**MINE, "visualizations": []}, "/dashboards/0/panels/0/viz: there is no pie"),
    ({**MINE, "visualizations": [{**PIE, "columns": ["x"]}]}, "/visualizations/0/columns/0: builds have no x"),
]


@pytest.mark.parametrize("more", [(), ("--replace",), ("--dry-run",)])
@pytest.mark.parametrize(("said", "fault"), FAULTS)
def test_a_file_with_a_fault_changes_nothing(
    pecan: Pecan, database: Database, tmp_path: Path, said: Any, fault: str, more: tuple[str, ...]
) -> None:
    """Exit code 2, a line for each fault with its path, and no file of what was."""
    file = write(tmp_path / "mine.json", said)

    assert fault in pecan("dashboards", "import", file, *more, code=2)
    assert [] == rows(database, "SELECT FROM dashboard_sets")
    assert [] == list(tmp_path.glob("*.backup"))


MISUSED = [
    ((), "say what to do: export, import"),
    (("remove",), "say what to do: export, import"),
    (("import",), "say from which file"),
    (("import", "/nowhere/at/all"), "No such file"),
    (("export", "/nowhere/at/all"), "No such file"),
]


@pytest.mark.parametrize(("words", "message"), MISUSED)
def test_misuse_is_told(pecan: Pecan, words: tuple[str, ...], message: str) -> None:
    """Exit code 2."""
    assert message in pecan("dashboards", *words, code=2)


def test_what_somebody_else_has_just_changed_is_not_replaced(database: Database) -> None:
    """What was kept beside the file would be of no use."""
    given = definitions.read(MINE)
    transact(database, lambda session: sets.bring(session, given, NOW, replace=False))

    with pytest.raises(Conflict, match="somebody has just changed"):
        transact(database, lambda s: sets.bring(s, given, NOW, replace=True, was=sets.default()))
