"""The database: engine, units of work, summaries, pages, and the embedded server."""
