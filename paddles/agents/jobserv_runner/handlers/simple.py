"""Executes a run that brings nothing but its script."""

from __future__ import annotations

import os
import shlex
import stat
import traceback
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from .. import files, junit, mounts, sources
from ..console import Console, Failed, Kept, Stopped
from ..engine import Engine
from ..process import Deadline, TimedOut, follow, start
from ..progress import Progress
from ..server import Server
from ..stream import Stream
from ..watch import Container

# What a script leaves in its archive to go on after a reboot, and whether the power is to be off in between.
REBOOTS = {"execute-on-reboot": False, "execute-on-cold-reboot": True}
CERTIFICATES = Path("/usr/local/share/ca-certificates")


class Reboot(Exception):
    """The machine has to be booted anew; executing the same run folder again then goes on with the run."""

    def __init__(self, cold: bool) -> None:
        """Say whether the power has to be off in between."""
        super().__init__("cold" if cold else "warm")
        self.cold = cold


class Simple:
    """A run from its beginning, or from a reboot, to its end."""

    RebootAndContinue = Reboot
    cwd: ClassVar[str] = "/"

    def __init__(self, worker_dir: Path, run_dir: Path, rundef: Mapping[str, Any]) -> None:
        """Execute ``rundef`` in ``run_dir``, a folder of its own; volumes are in ``worker_dir``."""
        self.worker_dir, self.run_dir, self.rundef = worker_dir, run_dir, rundef
        self.simulated = bool(rundef.get("simulated"))
        self.env: dict[str, str] = dict(rundef.get("env") or {})
        self.server: Server | None = None
        self.console: Console
        if self.simulated:
            self.console = Kept(run_dir)
        else:
            self.server = Server(rundef["run_url"], rundef["api_key"])
            self.console = Stream(run_dir, self.server.append, int(rundef.get("log-offset") or 0))

    @classmethod
    def execute(cls, worker_dir: str, run_dir: str, rundef: Mapping[str, Any]) -> bool:
        """Execute a run and report it; return whether it passed.

        Raises:
            Reboot: the machine has to be booted, then this is to be called again with the same folder.
        """
        run = cls(Path(worker_dir), Path(run_dir), rundef)
        try:
            passed = run.passed()
            run.status("PASSED" if passed else "FAILED")
        finally:
            run.console.close()
        return passed

    def passed(self) -> bool:
        """Do all of it, and say whether it passed; the log says why not."""
        try:
            return self.steps()
        except Reboot:
            raise
        except Stopped as error:
            self.console.step(str(error))
        except Failed as error:
            self.console.error(str(error))
        except Exception:
            self.console.line(traceback.format_exc())
        return False

    def steps(self) -> bool:
        """Do one step after the other; return whether the script, its files and its tests are well."""
        continued = self.run_dir / "continued"
        resumed = continued.exists()
        self.introduce(resumed)
        engine = Engine()
        if not resumed:
            self.pull(engine)
        deadline = Deadline(float(self.rundef["timeout"]))
        if not resumed:
            self.prepare(deadline)
        command = "/continued/script" if resumed else f"/script-repo/{self.script()}"
        code = self.contain(engine, deadline, command, self.mounts(continued if resumed else None))
        if code == 0:
            self.reboot(continued)
        well = self.report()
        if self.console.stopped:
            raise Stopped(f"The run was stopped: {self.console.stopped}")
        return well and code == 0

    def introduce(self, resumed: bool) -> None:
        """Begin the log with the lines that do this run again on another machine; they work as they stand there."""
        if resumed:
            self.console.step("Going on after the reboot")
            return
        self.status("RUNNING")
        if self.simulated:
            return
        self.console.step("Steps to recreate inside simulator")
        url = shlex.quote(f"{self.rundef['run_url'].rstrip('/')}/.simulate.sh")
        lines = ["", f"    curl -fsSo simulate.sh {url}"]
        if self.rundef.get("secrets"):
            lines.append("    # open simulate.sh and put in the secrets: each stands there as TODO")
        self.console.line("\n".join([*lines, "    sh simulate.sh", ""]))

    def status(self, word: str) -> None:
        """Say what the run's status is."""
        self.console.status(word)

    def pull(self, engine: Engine) -> None:
        """Fetch the image."""
        image, name = self.rundef["container"], self.rundef.get("container-auth")
        self.console.step(f"Pulling container {image}")
        secrets = self.rundef.get("secrets") or {}
        if name and name not in secrets:
            raise Failed(f"there is no secret {name}, which container-auth names")
        engine.pull(image, self.console, Deadline(float(self.rundef["timeout"])), secrets[name] if name else None)

    def prepare(self, deadline: Deadline) -> None:
        """Bring what the script is in or works on."""
        repository = self.rundef.get("script-repo")
        if not repository:
            return
        self.console.step("Cloning the script repository")
        url, token = repository["clone-url"], repository.get("token")
        header = sources.token_header(token, self.rundef.get("secrets") or {}) if token else None
        self.clone("script-repo", url, repository.get("git-ref"), header, deadline)

    def clone(self, folder: str, url: str, revision: str | None, header: str | None, deadline: Deadline) -> None:
        """Clone a repository into a folder of the run."""
        directory = self.run_dir / folder
        mounts.folder(directory, mounts.SHARED)
        settings = sources.settings(self.run_dir, url, header)
        try:
            sources.clone(sources.Git(directory, self.console, deadline, settings), url, revision)
        finally:
            settings.unlink()

    def script(self) -> str:
        """Return the path of the script in its folder."""
        return str(self.rundef["script-repo"]["path"]) if self.rundef.get("script-repo") else "do_run"

    def mounts(self, continued: Path | None) -> list[str]:
        """Return what the container finds at which place."""
        self.console.step("Preparing mounts")
        found = mounts.prepare(self.worker_dir, self.run_dir, self.rundef)
        if continued:
            found.append(f"{continued}:/continued:ro")
        if CERTIFICATES.is_dir() and any(CERTIFICATES.iterdir()):
            found.append(f"{CERTIFICATES}:{CERTIFICATES}:ro")
        return found

    def contain(self, engine: Engine, deadline: Deadline, command: str, places: list[str]) -> int | None:
        """Run a command in the container; return its exit code, None when its time was over."""
        name = str(uuid.uuid4())
        # Whoever finds this folder without a process knows what else to end.
        (self.run_dir / "container").write_text(name)
        said, shown = mounts.environment(self.run_dir, self.env)
        options = [*self.options(), *(f"-v{place}" for place in places)]
        words, told = (
            engine.run(name, ["-w", self.cwd, *env, *options], self.rundef["container"], [command])
            for env in (said, shown)
        )
        self.console.step("Running script inside container")
        self.console.info(shlex.join(told))
        progress = Progress((self.rundef.get("console-progress") or {}).get("progress-pattern"), self.console)
        watch = Container(engine, name, self.run_dir, self.console, progress)
        try:
            code = follow(start(words), self.console, deadline, watch)
        except TimedOut as error:
            self.console.error(str(error))
            return None
        finally:
            engine.give_back(self.run_dir, self.rundef["container"])
        self.console.info(f"The script ended with exit code {code}")
        return code

    def options(self) -> list[str]:
        """Return the options that the project wants for its container."""
        rundef = self.rundef
        found = ["--privileged"] if rundef.get("privileged") else []
        for word in ("cap-add", "cap-drop"):
            found += [f"--{word}={each}" for each in rundef.get(word) or ()]
        if rundef.get("max-mem-bytes"):
            found.append(f"--memory={rundef['max-mem-bytes']}")
        if rundef.get("container-user"):
            found.append(f"--user={rundef['container-user']}")
        if rundef.get("container-entrypoint") is not None:
            found.append(f"--entrypoint={rundef['container-entrypoint']}")
        return found

    def reboot(self, continued: Path) -> None:
        """Raise Reboot when the script wants to go on after one."""
        for name, cold in REBOOTS.items():
            wanted = self.run_dir / "archive" / name
            if not os.path.lexists(wanted):
                continue
            if not stat.S_ISREG(wanted.lstat().st_mode):
                raise Failed(f"{name} is no plain file")
            continued.mkdir(exist_ok=True)
            wanted.replace(continued / "script")
            (continued / "script").chmod(mounts.SHARED)
            self.console.step("Rebooting the machine" + (" with its power off in between" if cold else ""))
            raise Reboot(cold)

    def report(self) -> bool:
        """Hand over what the run left, and return whether its tests are well."""
        archive = self.run_dir / "archive"
        for found in sorted(self.run_dir.glob("diagnosis/*")):
            found.replace(archive / found.name)
        well = self.upload(archive)
        for name, suites in junit.suites(archive):
            self.console.step(f"Parsing {name}")
            for suite in suites:
                self.console.info(f"{suite.name}: {suite.status}, {len(suite.results)} results, {suite.context}")
                well = well and suite.status != "FAILED"
                self.tell(suite)
        return well

    def upload(self, archive: Path) -> bool:
        """Send what is to be kept, and return whether all of it arrived."""
        if not self.server:
            return True
        self.status("UPLOADING")
        self.console.step("Uploading artifacts")
        try:
            files.upload(archive, self.server, self.console)
        except Failed as error:
            self.console.error(str(error))
            return False
        return True

    def tell(self, suite: junit.Suite) -> None:
        """Send a suite to the server."""
        if self.server:
            for number, portion in enumerate(suite.portions()):
                self.server.test("PUT" if number else "POST", suite.name, portion)


handler = Simple
