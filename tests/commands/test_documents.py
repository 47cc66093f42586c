"""``pecan documents``: what was submitted, and what failed read once more."""

from paddles.db.engine import Database
from paddles.settings import Settings
from paddles.sweep import documents
from tests.commands.conftest import Pecan
from tests.conftest import NOW
from tests.ingest.kcidb_units import submit, thing


def test_what_failed_is_listed_and_read_again(pecan: Pecan, database: Database, settings: Settings) -> None:
    """With its reason; what is none that failed cannot be."""
    bad = submit(database, settings, {"version": 6})
    good = submit(database, settings, thing("builds"))
    documents.read(database, settings, NOW)

    (line,) = pecan("documents").splitlines()
    assert [
        "kcidb",
        bad,
        "2026-01-31T12:00:00+00:00",
        "ann",
        "schemas 1 to 5 are understood, not '6'",
    ] == line.split("\t")
    assert good in pecan("documents", "--state", "processed")

    assert f"{bad} will be read again\n" == pecan("documents", "--again", bad)
    assert bad in pecan("documents", "--state", "ready")
    pecan("documents", "--again", good, code=1)
    pecan("documents", "--state", "lost", code=2)
