"""What must not be seen in the log of a job: the secrets of its build, and the token of whoever has it."""

import functools
from collections.abc import Sequence

from paddles.db.session import Session
from paddles.projects import builds, masking, vault
from paddles.settings import Settings


def of_job(session: Session, settings: Settings, run_id: int, sealed: bytes | None, token: str) -> Sequence[bytes]:
    """Return what is looked for (``masking.words``) in the log of a job of the run that is a build.

    Secrets are opened once in a process as long as it has not much else to remember.

    Raises:
        Unavailable: they cannot be opened.
    """
    own = masking.words([token])
    if sealed is None:
        return own
    known = _known(run_id, bytes(sealed))
    if not known:
        opened = vault.opened(session, settings, vault.of_build(run_id), sealed)
        # Who has started it is no secret, and may be called like any word that stands in logs.
        known.append(masking.words(value for name, value in opened.items() if name != builds.BY))
    return (*known[0], *own)


@functools.lru_cache(maxsize=256)
def _known(run_id: int, sealed: bytes) -> list[tuple[bytes, ...]]:
    """Return where the words of a build are remembered, blank at first."""
    return []
