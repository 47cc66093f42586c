"""The commands of `pecan <command> config.py`."""
