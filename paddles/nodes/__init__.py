"""The tree of nodes: what was checked out, built, run and found, each below what it came of."""
