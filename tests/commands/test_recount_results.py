"""``pecan recount``: flips and regressions that fit the results of tests that are stored."""

from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.work import transact
from tests.analysis.boots import Boot, short, tell
from tests.commands.conftest import Pecan
from tests.units import rows

DAMAGES = (
    "DELETE FROM regressions WHERE bad_at = (SELECT max(bad_at) FROM regressions)",
    "UPDATE marks SET flip = NOT flip FROM paths WHERE paths.id = path_id AND suite = 's'",
    "DELETE FROM tests WHERE id = (SELECT max(id) FROM tests)",
)


def test_the_command(database: Database, pecan: Pecan) -> None:
    """It prints what it repairs and exits 1, with ``--check`` it repairs nothing, and afterwards all is right."""
    tell(
        database,
        Boot("1", 1, {"s/c": "pass"}),
        Boot("2", 2, {"s/c": "fail"}),
        Boot("3", 3, boot="pass"),
        Boot("4", 4, boot="fail"),
    )
    for damage in DAMAGES:
        transact(database, lambda session, damage=damage: session.execute(text(damage)))  # type: ignore[misc]
    lineage = rows(database, "SELECT id FROM lineages")[0].id

    for _ in range(2):
        checked = pecan("recount", "--check", code=1).splitlines()
        assert "r/2: its results are not those that were compared with others" in checked
        assert f"boot of lineage {lineage}: 1 regressions, 0 flips" in checked
        assert f"s/c of lineage {lineage}: 0 regressions, 1 flips" in checked
    assert [] != pecan("recount", code=1).splitlines()

    assert [("boot", "3", "4", "4", None, 1)] == short(database)
    assert "1 runs counted" in pecan("recount").splitlines()[0]
