"""Projects: what their definitions say, what starts their builds, and the builds: runs whose jobs machines pull."""
