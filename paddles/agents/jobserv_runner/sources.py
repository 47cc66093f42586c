"""Sources that a run works on, cloned with git, which reads secrets from a file: no argument has any."""

from __future__ import annotations

import base64
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .console import Console, Failed
from .mounts import file
from .process import Deadline, call

PAUSES_S = (2, 3, 5)
BRANCH = "jobserv-run"
# Nobody is there to be asked for a password.
QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1"}
# Of the secrets that name an account at a forge: the forge's host, the secret with its token, that with its user.
FORGES = (
    ("github.com", "githubtok", "githubuser"),
    ("gitlab.com", "gitlabtok", "gitlabuser"),
    ("bitbucket.org", "bitbuckettok", "bitbucketuser"),
)
EXTRA = "git.http.extraheader"


class Git:
    """git in one folder, with what it may say to one host."""

    def __init__(self, directory: Path, console: Console, deadline: Deadline, settings: Path) -> None:
        """Work in ``directory``, with ``settings`` read after the user's own."""
        if not shutil.which("git"):
            raise Failed("git is not on the PATH of this machine")
        self.directory, self.console, self.deadline, self.settings = directory, console, deadline, settings

    def tried(self, *words: str) -> bool:
        """Return whether git could do this."""
        # Commands that git starts, for submodules and large files, are told of the same settings.
        command = ["git", "-c", f"include.path={self.settings}", *words]
        return call(command, self.console, self.deadline, cwd=self.directory, env=QUIET) == 0

    def do(self, *words: str) -> None:
        """Have git do this. Raises Failed when it cannot."""
        if not self.tried(*words):
            raise Failed(f"git {words[0]} failed")


def clone(git: Git, url: str, revision: str | None) -> None:
    """Clone a repository into git's folder, which is empty, at a revision or at what its server offers first.

    Raises:
        Failed: it is not to be had, or has no such revision.
    """
    for pause in (*PAUSES_S, 0):
        if git.tried("clone", "--no-checkout", "--", url, "."):
            break
        git.console.error("the repository could not be cloned")
        shutil.rmtree(git.directory)
        git.directory.mkdir()
        time.sleep(pause)
    else:
        raise Failed(f"{url} cannot be cloned")
    wanted = revision or "HEAD"
    if wanted.startswith("-"):
        raise Failed(f"{wanted!r} is no revision")
    if not git.tried("checkout", "-q", "-B", BRANCH, wanted, "--"):
        # A commit of a pull request is on no branch.
        git.do("fetch", "--", "origin", wanted)
        git.do("checkout", "-q", "-B", BRANCH, "FETCH_HEAD", "--")
    if (git.directory / ".gitmodules").is_file():
        git.do("submodule", "update", "--init", "--recursive")
    attributes = git.directory / ".gitattributes"
    if attributes.is_file() and b"filter=lfs" in attributes.read_bytes():
        git.do("lfs", "pull")


def settings(run_dir: Path, url: str, header: str | None) -> Path:
    """Write the file of git's settings: a header for the host of a repository and no other; return its path."""
    place = run_dir / "gitconfig"
    text = ""
    if header:
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
        text = f"[http {quoted(host)}]\n\textraheader = {quoted(header)}\n"
    file(place, text)
    return place


def quoted(value: str) -> str:
    """Return a value as git's settings hold it.

    Raises:
        Failed: it has several lines, which no header and no address has.
    """
    value = value.strip()
    if any(character < " " for character in value):
        raise Failed("a secret for git has more than one line")
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def header(url: str, rundef: Mapping[str, Any]) -> str | None:
    """Return the header with which a run's own secrets open the host of a repository, if they do."""
    secrets = rundef.get("secrets") or {}
    if secrets.get(EXTRA):
        return str(secrets[EXTRA])
    host = urlsplit(url).hostname or ""
    env = rundef.get("env") or {}
    known = {
        "githubtok": urlsplit(env.get("GH_STATUS_URL", "")).hostname,
        "gitlabtok": urlsplit(env.get("GL_STATUS_URL", "")).hostname,
    }
    for forge, token, user in FORGES:
        if secrets.get(token) and host in (forge, known.get(token)):
            return basic(secrets.get(user) or "x-access-token", secrets[token])
    return None


def token_header(token: str, secrets: Mapping[str, str]) -> str:
    """Return the header for the secrets that ``token`` names: a token, or a user and a token with a colon between.

    Raises:
        Failed: one of them is not among the secrets.
    """
    missing = [name for name in token.split(":") if name not in secrets]
    if missing:
        raise Failed(f"the token of the script repository names secrets that are not there: {', '.join(missing)}")
    values = [secrets[name].strip() for name in token.split(":", 1)]
    return basic(*(values if len(values) == 2 else ["x-access-token", *values]))


def basic(user: str, password: str) -> str:
    """Return the header that logs a user in."""
    return f"Authorization: Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
