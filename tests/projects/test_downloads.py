"""What machines download: the same bytes for the same sources, importable and executable as they come."""

import ast
import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from paddles.projects import downloads

HANDLERS = ("simple", "git_poller", "github_pr", "gitlab_mr")
OLDEST = (3, 9)


def test_the_runner_is_the_same_every_time() -> None:
    """Neither the time nor who packs is in it; it has the modules and nothing else."""
    first = downloads.runner()
    assert first == downloads.runner()

    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        entries = archive.infolist()
    assert {(1980, 1, 1, 0, 0, 0)} == {entry.date_time for entry in entries}
    assert sorted(entry.filename for entry in entries) == [entry.filename for entry in entries]
    assert all(entry.filename.startswith("jobserv_runner/") for entry in entries)
    assert all(entry.filename.endswith(".py") for entry in entries)


@pytest.mark.parametrize("name", HANDLERS)
def test_handlers_are_imported_from_the_archive(tmp_path: Path, name: str) -> None:
    """Each has a class ``handler`` that executes and says how it asks for a reboot; nothing but Python is needed."""
    (tmp_path / "runner").write_bytes(downloads.runner())
    text = f"""import sys; sys.path.insert(0, 'runner')
from jobserv_runner.handlers.{name} import handler
assert callable(handler.execute) and issubclass(handler.RebootAndContinue, Exception)
assert 'runner' in sys.modules['jobserv_runner'].__file__"""

    # Isolated: what is installed here is not seen.
    done = subprocess.run([sys.executable, "-I", "-S", "-c", text], cwd=tmp_path, check=False, capture_output=True)

    assert 0 == done.returncode, done.stderr


@pytest.mark.parametrize("script", [downloads.worker, downloads.simulator])
def test_scripts_are_programs_with_a_version(script: type) -> None:
    """They begin as such, are text, and their version is the MD5 of their bytes."""
    found = script()

    assert found.content.startswith(b"#!/usr/bin/env python3\n")
    assert hashlib.md5(found.content).hexdigest() == found.version
    ast.parse(found.content.decode(), feature_version=OLDEST)
