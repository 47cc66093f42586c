"""Tests of what people write beside results."""
