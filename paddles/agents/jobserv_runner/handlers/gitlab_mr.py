"""Executes a run on a merge request at GitLab, which shows how it is."""

from __future__ import annotations

from typing import Callable, ClassVar

from .. import forges
from .github_pr import GithubPr


class GitlabMr(GithubPr):
    """A run on a merge request; each status is told to the forge."""

    secrets: ClassVar[tuple[str, ...]] = ("gitlabtok", "gitlabuser")
    url: ClassVar[str] = "GL_STATUS_URL"
    tell_forge: ClassVar[Callable[..., None]] = staticmethod(forges.gitlab)


handler = GitlabMr
