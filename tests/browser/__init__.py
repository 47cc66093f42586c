"""Pages in a browser: Debian's Chromium, over HTTP. Not among the tests that ``make test`` runs: ``make browser``."""
