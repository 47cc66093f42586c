"""Executes the run definition of one run in a container: on a build machine for its worker, or by hand, simulated."""
