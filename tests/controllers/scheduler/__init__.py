"""Tests of the scheduler face."""
