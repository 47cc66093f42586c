"""The history of events: what is told of one node is found among everything else."""

from paddles.db.engine import Database
from paddles.db.work import read
from paddles.events import history
from paddles.events.history import Wanted

# As many events of nodes, five each, as of other things, by transactions of long ago.
FILL = """
    INSERT INTO events (xid, channel, type, subject, data)
    SELECT CAST(CAST(3 + mod(n, 100) AS text) AS xid8), 'node', 'node.updated', 'n',
        jsonb_build_object('id', lpad(CAST(mod(n, 1000) AS text), 24, '0'), 'state', 'done')
    FROM generate_series(1, 5000) AS n
    UNION ALL
    SELECT CAST(CAST(3 + mod(n, 100) AS text) AS xid8), 'job', 'job.changed', 'j',
        jsonb_build_object('id', n, 'name', 'x')
    FROM generate_series(1, 5000) AS n
"""
LONG = """
    INSERT INTO events (xid, channel, type, subject, data)
    SELECT CAST('3' AS xid8), 'c', 't', 's', jsonb_build_object('id', repeat('x', 10000))
"""
NODE = "7".rjust(24, "0")


def test_what_is_told_of_a_node_is_found_by_an_index(database: Database) -> None:
    """However long the log is; and with what is asked besides."""
    with database.writer.begin() as session:
        session.exec_driver_sql(FILL)
        session.exec_driver_sql("ANALYZE events")
        for wanted in (Wanted(said={("id",): NODE}), Wanted(channel="node", said={("id",): NODE, ("state",): "done"})):
            query = history.query(wanted, 1000).compile(session, compile_kwargs={"literal_binds": True})
            plan = session.exec_driver_sql(f"EXPLAIN {query}".replace("%", "%%")).scalars().all()
            assert any("ix_events_node" in line for line in plan), plan


def test_an_id_of_another_length_is_found_all_the_same(database: Database) -> None:
    """As it is told of other things, and however long it is: what does not fit into an index is not in it."""
    with database.writer.begin() as session:
        session.exec_driver_sql(FILL)
        session.exec_driver_sql(LONG)

    for value, count in ((NODE, 5), ("7", 1), ("x" * 10_000, 1), ("8".rjust(24, "x"), 0)):
        wanted = Wanted(said={("id",): value})
        assert count == len(read(database, lambda s, wanted=wanted: history.find(s, wanted, 1000)))
