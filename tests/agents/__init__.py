"""Programs that run on machines, executed as there: real processes, a real server to speak to, real sandboxes."""
