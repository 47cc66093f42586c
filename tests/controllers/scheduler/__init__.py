"""The scheduler's face: compass-ci's API on the wire."""
