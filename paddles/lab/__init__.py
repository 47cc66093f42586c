"""Machines, their locks, the queues and the leases on jobs."""
