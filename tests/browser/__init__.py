"""Pages in a browser: Debian's Chromium, over HTTP. Not among the tests that ``make test`` runs: ``make browser``."""

import pytest

# What it finds is named where it stands.
pytest.register_assert_rewrite("tests.browser.looking")
