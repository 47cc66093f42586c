"""Executes a run on sources that changed: they are cloned into ``/repo``, where its script begins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from .. import sources
from ..console import Failed
from ..process import Deadline
from .simple import Simple

# Those who look at the repository from inside are somebody else than its owner.
TRUSTED = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}


class GitPoller(Simple):
    """A run with sources."""

    cwd: ClassVar[str] = "/repo"

    def __init__(self, worker_dir: Path, run_dir: Path, rundef: Mapping[str, Any]) -> None:
        """Execute ``rundef`` in ``run_dir``; see Simple."""
        super().__init__(worker_dir, run_dir, rundef)
        if "GIT_CONFIG_COUNT" not in self.env:
            self.env |= TRUSTED

    def prepare(self, deadline: Deadline) -> None:
        """Clone the script's repository, if it is in one, and the sources."""
        super().prepare(deadline)
        url = self.env.get("GIT_URL")
        if not url:
            raise Failed("there is no parameter GIT_URL, which says where the sources are")
        self.console.step(f"Cloning {url}")
        self.clone("repo", url, self.env.get("GIT_SHA"), sources.header(url, self.rundef), deadline)

    def mounts(self, continued: Path | None) -> list[str]:
        """Return the mounts of every run, and the sources."""
        return [*super().mounts(continued), f"{self.run_dir / 'repo'}:/repo"]


handler = GitPoller
