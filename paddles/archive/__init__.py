"""Runs and their jobs: what was asked for and what came of it."""
