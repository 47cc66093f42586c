"""Projects: definitions, triggers, builds, downloads."""
