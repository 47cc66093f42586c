"""Tests of the KCING face."""
