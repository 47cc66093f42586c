"""A lab that never was: what fills a running service through its own addresses, as the clients of its faces do.

A client like any other: it knows the service by its address alone, and imports nothing of ours but errors.
"""
