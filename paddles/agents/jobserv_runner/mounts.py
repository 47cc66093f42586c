"""What a container finds at which place: secrets, the script, room for artifacts, logins and volumes."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .console import Failed

# Of the run's folder, seen by nobody else: a container's user, whoever that is, has to get in.
SHARED, WRITABLE = 0o755, 0o777
# Of a line in a file of variables, in characters.
LINE = 10_000
VARIABLE = re.compile(r"[^=\s#\0][^=\s\0]*")
NAME = re.compile(r"[a-zA-Z0-9_.-]+")


def prepare(worker_dir: Path, run_dir: Path, rundef: Mapping[str, Any]) -> list[str]:
    """Write what a run brings into its folder and return the mounts, as ``source:place`` or ``source:place:ro``.

    Where the run goes on after a reboot, all that it could not write to is written again.

    Raises:
        Failed: a name in the run definition cannot be that of a file or a volume.
    """
    archive = run_dir / "archive"
    folder(archive, WRITABLE)
    script_repo = run_dir / "script-repo"
    folder(script_repo, SHARED)
    # After a reboot it is what the container made of it, perhaps a link to something else.
    if rundef.get("script") is not None and not os.path.lexists(script_repo / "do_run"):
        file(script_repo / "do_run", rundef["script"], SHARED)
    mounts = [f"{archive}:/archive", f"{script_repo}:/script-repo", f"{secrets(run_dir, rundef)}:/secrets:ro"]
    home = run_dir / "home"
    folder(home, SHARED)
    file(home / "netrc", netrc(rundef))
    file(home / "curlrc", "netrc-optional\n")
    mounts += [f"{home}/netrc:/root/.netrc:ro", f"{home}/curlrc:/root/.curlrc:ro"]
    return mounts + volumes(worker_dir, rundef)


def secrets(run_dir: Path, rundef: Mapping[str, Any]) -> Path:
    """Write each secret into a file of its name and return their folder."""
    place = run_dir / "secrets"
    folder(place, SHARED)
    for name, value in (rundef.get("secrets") or {}).items():
        file(place / safe(name), value, 0o644)
    return place


def netrc(rundef: Mapping[str, Any]) -> str:
    """Return the logins that programs in the container find: the run's own at its server, and secrets ``netrc-*``."""
    lines = []
    if rundef.get("api_key"):
        lines.append(f"machine {urlsplit(rundef['run_url']).hostname} login run password {rundef['api_key']}")
    lines += [value.rstrip("\n") for name, value in (rundef.get("secrets") or {}).items() if name.startswith("netrc-")]
    return "".join(f"{line}\n" for line in lines)


def volumes(worker_dir: Path, rundef: Mapping[str, Any]) -> list[str]:
    """Make the volumes that are not there yet and return their mounts.

    A persistent one belongs to the project; a shared one to the machine, and is a path when its worker says where.
    """
    own = worker_dir / "volumes"
    for part in str(rundef["project"]).split("/"):
        own /= safe(part)
    found = [(own / safe(name), at) for name, at in (rundef.get("persistent-volumes") or {}).items()]
    for name, at in (rundef.get("shared-volumes") or {}).items():
        found.append((Path(name) if name.startswith("/") else worker_dir / "shared-volumes" / safe(name), at))
    for place, _ in found:
        if not place.exists():
            place.mkdir(parents=True)
            place.chmod(WRITABLE if rundef.get("container-user") else SHARED)
    return [f"{place}:{at}" for place, at in found]


def environment(run_dir: Path, env: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Write the variables of a run into a file.

    Those with more than one line, or a very long one, cannot be in a file. They are arguments of the engine, in whose
    own environment nothing stands that a project has named: what loads programs there is a variable too.

    Returns:
        The options that tell the engine of them; and the same to be shown, without such values.

    Raises:
        Failed: a name cannot be that of a variable.
    """
    wrong = [name for name in env if not VARIABLE.fullmatch(name)]
    wrong += [name for name, value in env.items() if "\0" in str(value)]
    if wrong:
        raise Failed(f"not possible as variables: {', '.join(map(repr, wrong))}")
    values = {name: str(value) for name, value in env.items()}
    longer = [name for name, value in values.items() if re.search(r"[\r\n]", value) or len(value) > LINE]
    place = run_dir / "environment"
    file(place, "".join(f"{name}={value}\n" for name, value in values.items() if name not in longer))
    said = ["--env-file", str(place)]
    return [*said, *(f"--env={name}={values[name]}" for name in longer)], [*said, *(f"--env={name}" for name in longer)]


def safe(name: str) -> str:
    """Return a name that is one of a file or folder.

    Raises:
        Failed: it is not, it might lead elsewhere.
    """
    if not NAME.fullmatch(name) or name in (".", ".."):
        raise Failed(f"{name!r} cannot be the name of a secret, a volume or a project's folder")
    return name


def folder(place: Path, mode: int) -> None:
    """Make a folder of this mode, whatever the process takes away from it."""
    place.mkdir(exist_ok=True)
    place.chmod(mode)


def file(place: Path, text: str, mode: int = 0o600) -> None:
    """Write a file of this mode."""
    place.touch(mode)
    place.write_text(text, encoding="utf-8", errors="surrogateescape")
    place.chmod(mode)
