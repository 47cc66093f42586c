"""Projects: what they are defined by, their triggers and builds, and what machines download for their runs."""
