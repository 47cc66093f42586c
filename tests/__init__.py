"""The tests: promises of the service, on a real PostgreSQL."""
