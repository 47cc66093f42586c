"""Builds of projects, and what becomes of their jobs."""
