"""The task queue's wire."""
