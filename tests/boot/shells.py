"""Runs scripts with the shells of the system and tells what they saw."""

import json
import subprocess
import sys
from pathlib import Path

# What a machine's client may use: Debian's sh, which is dash, and bash.
SHELLS = ("sh", "bash")
SEEN = "import json, os, sys; json.dump([sys.argv[1:], dict(os.environ)], open(sys.argv.pop(1), 'w'))"


def run(shell: str, commands: str, place: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run commands in a directory, with a path and ``variables`` and nothing else in the environment."""
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **variables}
    return subprocess.run(
        [shell, "-c", commands], cwd=place, env=environment, capture_output=True, timeout=60, check=False
    )


def seen(shell: str, script: str, commands: str, place: Path, **variables: str) -> dict[str, str]:
    """Return the environment that a program sees after ``commands`` in a shell that sourced a script as clients do."""
    (place / "job.sh").write_bytes(script.encode())
    dump = f"'{sys.executable}' -c \"$SEEN\" seen.json"
    done = run(shell, f". ./job.sh >/dev/null 2>&1\n{commands}\n{dump}", place, SEEN=SEEN, **variables)
    assert (0, b"") == (done.returncode, done.stderr)
    _, environment = json.loads((place / "seen.json").read_text())
    (place / "seen.json").unlink()
    return dict(environment)
