"""Reporters at work on a service whose processes are killed and whose disk fills up; then every answer is checked."""
