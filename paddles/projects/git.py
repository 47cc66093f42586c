"""What a repository has, asked over smart HTTP: its refs, what a commit says, a file of it.

No clone is kept, and no program of Git is needed. Each question is a process of its own that is ended when it takes
too long or too much (``git_child``); secrets go to it by its standard input, and the address that it may connect to.
"""

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from paddles.errors import Invalid
from paddles.events import targets
from paddles.projects import git_child

STEP_S, CPU_S, WHOLE_S = 15, 20, 60
MEMORY_BYTES = 2**30
MOST_BYTES = 64 * 2**20
EXTRA = "git.http.extraheader"
HEADER = re.compile(r"([A-Za-z0-9-]{1,80}):[ \t]*([\x20-\x7e]{1,8000})")
SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
# Where OpenSSL is told to look for the certificates that are trusted.
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
# Whose token is for which host, and as whom it speaks: of GitHub any name will do.
TOKENS = (("github", "githubtok", "", "x-access-token"), ("gitlab", "gitlabtok", "gitlabuser", "oauth2"),
          ("bitbucket", "bitbuckettok", "bitbucketuser", "x-token-auth"))  # fmt: skip


class Unread(Invalid):
    """A repository could not be asked, and why."""


@dataclass(frozen=True)
class Refs:
    """The refs of a repository, by their whole names, what each leads to; ``head`` is the commit of its own branch."""

    head: str | None
    shas: Mapping[str, str]


@dataclass(frozen=True)
class Repository:
    """A repository at an address, and who asks there; ``private``: it may be on this machine or a private network."""

    url: str
    secrets: Mapping[str, str]
    private: bool

    def __repr__(self) -> str:
        return f"Repository({self.url!r})"


def refs(repository: Repository) -> Refs:
    """Return the refs of a repository. Raises Unread."""
    said = _ask(repository, want="refs")
    shas = {name: sha for name, sha in said["refs"].items() if SHA.fullmatch(sha)}
    named = {
        name: sha for name, sha in shas.items() if name.startswith("refs/") and not name.endswith(git_child.PEELED)
    }
    return Refs(shas.get("HEAD"), named)


def message(repository: Repository, sha: str) -> str:
    """Return what a commit says, to which a ref leads. Raises Unread."""
    return str(_ask(repository, want="commit", sha=sha)["message"])


def file(repository: Repository, sha: str, path: str) -> str:
    """Return a file of a commit to which a ref leads, which is UTF-8. Raises Unread."""
    return str(_ask(repository, want="file", sha=sha, path=path)["file"])


def headers(url: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """Return what a request shows of who asks, by secrets as triggers have them: ``git.http.extraheader``, or a token.

    A token is for hosts with the name of its forge alone. Raises Unread: the header is none.
    """
    if EXTRA in secrets:
        found = HEADER.fullmatch(secrets[EXTRA].strip())
        if found is None:
            raise Unread(f"the secret {EXTRA} is not like Name: value")
        return {found[1]: found[2]}
    host = urlsplit(url).hostname or ""
    for forge, token, user, usual in TOKENS:
        if forge in host and token in secrets:
            said = f"{secrets.get(user, usual)}:{secrets[token]}"
            return {"Authorization": f"Basic {base64.b64encode(said.encode()).decode()}"}
    return {}


def _ask(repository: Repository, **wanted: str) -> dict[str, Any]:
    try:
        url = targets.check(repository.url)
        target = targets.find(url, private=repository.private)
    except (Invalid, targets.Refused) as error:
        raise Unread(f"{repository.url[:200]}: {error}") from None
    limits = {"timeout_s": STEP_S, "cpu_s": CPU_S, "memory_bytes": MEMORY_BYTES, "most_bytes": MOST_BYTES}
    shown = {"url": url, "address": target.address, "headers": headers(url, repository.secrets)}
    answer = _run({**shown, **limits, **wanted})
    if "fault" in answer:
        raise Unread(f"{url}: {answer['fault']}")
    return answer


def _run(said: Mapping[str, Any]) -> dict[str, Any]:
    command = [sys.executable, "-I", str(Path(git_child.__file__))]
    try:
        done = subprocess.run(  # noqa: S603 - a program of ours, and no shell
            command,
            input=json.dumps(said).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in CERTIFICATES if name in os.environ},
            cwd="/",
            timeout=WHOLE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"fault": f"it took more than {WHOLE_S} s"}
    if done.returncode:
        return {"fault": "what it answered took too much time or memory"}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
