"""The container engine: docker, or podman where that is what there is. Whatever a project brings runs inside of it."""

from __future__ import annotations

import base64
import binascii
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .console import Console, Failed
from .process import Deadline, call

PAUSES_S = (2, 3, 5)
# A kill that comes before the container is there finds nothing, so there are several.
KILLS, KILL_S = 20, 60
HUB = "https://index.docker.io/v1/"


class Engine:
    """The engine of this machine."""

    def __init__(self) -> None:
        """Find it.

        Raises:
            Failed: there is none.
        """
        found = shutil.which("docker") or shutil.which("podman")
        if not found:
            raise Failed("neither docker nor podman is on the PATH of this machine")
        self.program = found

    def pull(
        self,
        image: str,
        console: Console,
        deadline: Deadline,
        auth: str | None = None,
        pauses_s: Sequence[float] = PAUSES_S,
    ) -> None:
        """Fetch an image, again after each pause; ``auth`` is base64 of user and password for its registry.

        Raises:
            Failed: it cannot be had.
        """
        if image.startswith("-"):
            raise Failed(f"{image!r} is no image")
        with _login(image, auth) as environment:
            for pause in (*pauses_s, 0):
                if call([self.program, "pull", image], console, deadline, env=environment) == 0:
                    return
                console.error(f"{image} could not be pulled")
                time.sleep(pause)
        raise Failed(f"the image {image} cannot be had")

    def run(self, name: str, options: Sequence[str], image: str, command: Sequence[str]) -> list[str]:
        """Return the command that runs another one in a container of this name, which is removed at its end."""
        return [self.program, "run", "--rm", "--name", name, *options, image, *command]

    def kill(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """End a container, and with it the process that runs it."""
        for _ in range(KILLS):
            self._say("kill", name)
            try:
                process.wait(1)
            except subprocess.TimeoutExpired:
                continue
            return
        process.terminate()

    def inside(self, name: str, script: str) -> bytes:
        """Return what a script of sh prints in a container, however it ends."""
        return self._say("exec", name, "sh", "-c", script)

    def give_back(self, path: Path, image: str) -> None:
        """Have what a container left below ``path`` belong to whom that folder belongs to, who may be no root."""
        if _foreign(path):
            # Who that is inside is what the folder itself shows, whoever the engine lets root be outside.
            script = 'chown -R "$(stat -c %u:%g /run)" /run && chmod -R u+rwX /run'
            self._say("run", "--rm", "--user=0", "--entrypoint=sh", f"-v{path}:/run", image, "-c", script)

    def _say(self, *words: str) -> bytes:
        command = [self.program, *words]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=KILL_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error).encode()
        return done.stdout + done.stderr


def _foreign(path: Path) -> bool:
    for folder, names, files in os.walk(path):
        if any(os.lstat(os.path.join(folder, name)).st_uid != os.getuid() for name in (*names, *files)):
            return bool(os.getuid())
    return False


def registry(image: str) -> str:
    """Return the registry that an image comes from, as the engine's configuration calls it."""
    first, slash, _ = image.partition("/")
    named = slash and ("." in first or ":" in first or first == "localhost")
    return first if named and first != "docker.io" else HUB


@contextmanager
def _login(image: str, auth: str | None) -> Iterator[dict[str, str]]:
    """Yield an environment in which the engine may pull an image, by a configuration that is there for that alone."""
    if not auth:
        yield {}
        return
    try:
        base64.b64decode(auth.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Failed("what container-auth names is no base64 of a user and a password") from error
    with tempfile.TemporaryDirectory(prefix="registry-") as directory:
        place = Path(directory) / "config.json"
        place.touch(0o600)
        place.write_text(json.dumps(_with_login(Path(directory), registry(image), auth.strip())))
        yield {"DOCKER_CONFIG": directory, "REGISTRY_AUTH_FILE": str(place)}


def _with_login(directory: Path, where: str, auth: str) -> dict[str, object]:
    """Return the user's own configuration with one more login, and link what else it has into ``directory``."""
    own = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    for name in ("contexts", "cli-plugins", "tls"):
        if (own / name).exists():
            (directory / name).symlink_to(own / name)
    try:
        settings = json.loads((own / "config.json").read_bytes())
    except (OSError, ValueError):
        settings = {}
    # A store of credentials would be asked instead of what stands here.
    kept = {key: value for key, value in settings.items() if key not in ("credsStore", "credHelpers")}
    return {**kept, "auths": {**kept.get("auths", {}), where: {"auth": auth}}}
