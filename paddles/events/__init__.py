"""The event log: what happened, in one order that every reader agrees on."""
