"""Tests of how people read logs of jobs."""
