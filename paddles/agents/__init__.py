"""Programs that run on machines and are served from here: they import nothing of the service and need no package."""
