"""What triggers of a definition watch: repositories, their refs, and commits that are not to be built. Pure."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

SKIPS = ("[skip ci]", "[ci skip]")
BRANCH = "refs/heads/"
# Of one definition.
MOST_URLS, MOST_PATTERNS = 50, 200


class Watch(NamedTuple):
    """A trigger of a definition, and the refs that it watches: whole names, names of branches, or globs of either."""

    name: str
    patterns: Sequence[str]


def watched(definition: Mapping[str, Any]) -> dict[str, list[Watch]]:
    """Return, by the address of each repository, who watches it: triggers of the type ``git_poller``.

    ``GIT_URL`` and ``GIT_POLL_REFS`` are lists with blanks or commas between their parts. At most ``MOST_URLS``
    repositories are watched, and ``MOST_PATTERNS`` refs by each trigger.
    """
    found: dict[str, list[Watch]] = {}
    for trigger in definition["triggers"]:
        params = {**definition.get("params", {}), **trigger.get("params", {})}
        patterns = _parts(params.get("GIT_POLL_REFS", ""))[:MOST_PATTERNS]
        if trigger["type"] != "git_poller" or not patterns:
            continue
        for url in _parts(params.get("GIT_URL", "")):
            found.setdefault(url, []).append(Watch(trigger["name"], patterns))
    return dict(list(found.items())[:MOST_URLS])


def watchers(watches: Sequence[Watch], ref: str) -> list[str]:
    """Return the names of those who watch a ref."""
    names = (ref, ref.removeprefix(BRANCH))
    return [
        watch.name
        for watch in watches
        if any(fnmatchcase(name, pattern) for pattern in watch.patterns for name in names)
    ]


def skipped(message: str) -> bool:
    """Say whether the message of a commit asks for no build."""
    return any(skip in message.lower() for skip in SKIPS)


def _parts(text: str) -> list[str]:
    return list(dict.fromkeys(text.replace(",", " ").split()))
