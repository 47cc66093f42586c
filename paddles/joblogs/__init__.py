"""Logs of jobs as people read them: any part of any of them, however long, what went wrong, and what is looked for."""
