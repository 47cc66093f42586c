"""paddles: one archive of results, one queue and one lock table for test labs."""

__version__ = "0.1.0"
