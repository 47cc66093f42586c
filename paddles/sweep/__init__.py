"""Periodic work, done by any number of processes of which one works at a time."""
