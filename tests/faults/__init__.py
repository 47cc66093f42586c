"""Faults from outside, met by the real web server over HTTP."""
