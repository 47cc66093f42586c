"""Queries that may not take longer than they are given."""

import pytest
from sqlalchemy import text

from paddles.db import engine, limits
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import Invalid
from paddles.settings import Settings

SLEEP = text("SELECT pg_sleep(:seconds)")
SHOW = text("SHOW statement_timeout")
ONE = text("SELECT 1")


@pytest.mark.parametrize("run", [read, transact])
@pytest.mark.parametrize("pooler", [False, True])
def test_a_query_ends_when_its_time_is_over(database: Database, run: type, pooler: bool) -> None:
    """The server ends it, the client is told, and the connection goes on without that limit."""
    own = engine.connect(Settings(database_url=database.url, database_pooler=pooler, pool_size=1))

    with pytest.raises(Invalid, match=r"takes longer than 0\.05 s"):
        run(own, lambda session: limits.within(session, SLEEP.bindparams(seconds=20), 0.05))

    assert 1 == run(own, lambda session: limits.within(session, ONE, 5).scalar())
    assert "0" == read(own, lambda session: session.scalar(SHOW))
    own.dispose()


@pytest.mark.parametrize("pattern", ["[", "(", "*", r"\1", "a{2,1}"])
def test_what_is_no_pattern_is_said_so(database: Database, pattern: str) -> None:
    """In PostgreSQL's words."""
    statement = text("SELECT 'x' ~ CAST(:pattern AS text)").bindparams(pattern=pattern)

    with pytest.raises(Invalid, match=r"^invalid regular expression"):
        read(database, lambda session: limits.within(session, statement, 5))


def test_other_faults_stay_what_they_are(database: Database) -> None:
    """A mistake of ours is not the client's."""
    with pytest.raises(Exception, match="division by zero"):
        read(database, lambda session: limits.within(session, text("SELECT 1 / 0"), 5))
