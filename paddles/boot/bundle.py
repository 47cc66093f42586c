"""job.cgz: the files of a job, packed for the machine that runs it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from paddles.boot import block_yaml, cgz, job_sh, job_yaml
from paddles.boot.programs import REGISTRY
from paddles.errors import Invalid

FOLDER = "lkp/scheduled"
FOLDER_MODE, YAML_MODE, SHELL_MODE, SECRETS_MODE = 0o040755, 0o100664, 0o100775, 0o100600


class Entry(NamedTuple):
    """One line of what an archive holds; ``mode`` is ``st_mode``, ``size`` in bytes."""

    path: str
    mode: int
    size: int


def archive(document: Mapping[str, Any], registry: Mapping[str, str] = REGISTRY) -> bytes:
    """Return the job.cgz of a completed job; the same job gives the same bytes.

    It unpacks to ``lkp/scheduled/`` with job.yaml, job.sh and, for a job with ``secrets``, secrets.yaml for root alone.

    Raises:
        Invalid: the job cannot be written as YAML or shell; the message says why.
    """
    return cgz.pack(files(document, registry))


def listing(document: Mapping[str, Any], registry: Mapping[str, str] = REGISTRY) -> list[Entry]:
    """Return what the archive of a completed job would hold. Raises Invalid as ``archive`` does."""
    return [Entry(path, mode, len(content)) for path, (mode, content) in files(document, registry).items()]


def files(document: Mapping[str, Any], registry: Mapping[str, str] = REGISTRY) -> dict[str, tuple[int, bytes]]:
    """Return path, mode and content of each file of a completed job. Raises Invalid as ``archive`` does."""
    found = {
        "lkp": (FOLDER_MODE, b""),
        FOLDER: (FOLDER_MODE, b""),
        f"{FOLDER}/job.yaml": (YAML_MODE, _bytes(job_yaml.render(document))),
        f"{FOLDER}/job.sh": (SHELL_MODE, _bytes(job_sh.render(document, registry))),
    }
    secrets = document.get("secrets") or {}
    if not isinstance(secrets, Mapping):
        raise Invalid("secrets must be an object")
    if secrets:
        found[f"{FOLDER}/secrets.yaml"] = (SECRETS_MODE, _bytes(block_yaml.dump(secrets)))
    return found


def _bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Invalid("a job holds no halves of characters (lone surrogates)") from error
