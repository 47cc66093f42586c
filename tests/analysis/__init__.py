"""Tests of what results come to over time."""
