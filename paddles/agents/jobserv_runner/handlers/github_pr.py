"""Executes a run on a pull request at GitHub, which shows how it is."""

from __future__ import annotations

from typing import Callable, ClassVar

from .. import forges
from ..console import Failed
from ..process import Deadline
from .git_poller import GitPoller


class GithubPr(GitPoller):
    """A run on a pull request; each status is told to the forge."""

    secrets: ClassVar[tuple[str, ...]] = ("githubtok",)
    url: ClassVar[str] = "GH_STATUS_URL"
    tell_forge: ClassVar[Callable[..., None]] = staticmethod(forges.github)

    def missing(self) -> list[str]:
        """Return what is needed to tell the forge and is not there."""
        secrets = self.rundef.get("secrets") or {}
        return [name for name in self.secrets if not secrets.get(name)] + ([] if self.env.get(self.url) else [self.url])

    def prepare(self, deadline: Deadline) -> None:
        """Look whether the forge can be told, then clone."""
        if self.missing() and not self.simulated:
            raise Failed(f"needed for a pull request and not there: {', '.join(self.missing())}")
        super().prepare(deadline)

    def status(self, word: str) -> None:
        """Say what the run's status is, also to the forge."""
        super().status(word)
        if not self.simulated and not self.missing():
            self.tell_forge(self.rundef, word, self.console)


handler = GithubPr
