#!/usr/bin/env python3
"""Executes runs of a JobServ server on this machine: asks it for them, and keeps itself up to date.

One file; Python 3.9 or newer, and docker or podman. What it writes is beside it: settings.conf, runs, volumes.
"""

from __future__ import annotations

import argparse
import base64
import configparser
import contextlib
import datetime
import fcntl
import gzip
import hashlib
import http.client
import importlib
import json
import os
import platform
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import IO, Any

SCRIPT = Path(__file__).resolve()
HOME = SCRIPT.parent
SETTINGS, RUNS, SLOTS = HOME / "settings.conf", HOME / "runs", HOME / "slots"
VOLUMES = HOME / "volumes"
TIMEOUT_S, INTERVAL_S, SURGE_INTERVAL_S = 15, 20, 90
# A token that is good for no longer than this is given back, and with it the worker.
EXPIRING_S = 120
PAUSES_S = (0.25, 0.5, 1, 2, 4, 0)
REBOOT = {False: "sudo -n reboot", True: "sudo -n ipmitool chassis power cycle"}


class Refused(Exception):
    """The server said no, or nothing; ``status`` is 0 when it did not answer."""

    def __init__(self, status: int, text: str) -> None:
        """Keep status and words of the answer."""
        super().__init__(text)
        self.status = status


def send(method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
    """Send a request and return the body of the answer. Raises Refused unless it is 200 to 299."""
    try:
        request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            raise Refused(error.code, f"{method} {url}: {error.code} {error.read()[:500]!r}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Refused(0, f"{method} {url}: {error or type(error).__name__}") from None


def settings() -> configparser.ConfigParser:
    """Return the settings; those of a worker that was never registered are empty."""
    found = configparser.ConfigParser(interpolation=None)
    found.read(SETTINGS)
    for section in ("jobserv", "worker", "properties", "shared-volumes"):
        if not found.has_section(section):
            found.add_section(section)
    return found


def save(config: configparser.ConfigParser) -> None:
    """Write the settings, at once, for nobody else to read."""
    with tempfile.NamedTemporaryFile("w", dir=HOME, prefix=".settings-", delete=False) as file:
        config.write(file)
    os.replace(file.name, SETTINGS)


def ask(
    config: configparser.ConfigParser,
    method: str,
    path: str = "",
    document: Any = None,
    headers: dict[str, str] | None = None,
) -> Any:
    """Return the data that the server answers for this worker; ``document`` is sent as JSON, bytes as they are."""
    worker = config["worker"]
    key = f"Bearer {worker['jwt']}" if worker.get("jwt") else f"Token {worker['api_key']}"
    name = urllib.parse.quote(worker["name"], safe="")
    url = urllib.parse.urljoin(config["jobserv"]["server_url"], f"/workers/{name}/{path}")
    body = document if isinstance(document, bytes) or document is None else json.dumps(document).encode()
    said = {"Content-Type": "application/json", "Authorization": key, **(headers or {})}
    return json.loads(send(method, url, body, said) or b"{}").get("data")


def properties(worker: configparser.SectionProxy) -> dict[str, Any]:
    """Return what the server is told of this machine."""
    release = re.search(r'^PRETTY_NAME="?([^"\n]*)', text(Path("/etc/os-release")), re.MULTILINE)
    return {
        "name": worker["name"],
        "distro": release[1] if release else platform.system(),
        "mem_total": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "cpu_total": os.cpu_count() or 1,
        "cpu_type": platform.machine(),
        "concurrent_runs": worker.getint("concurrent_runs"),
        "host_tags": worker["host_tags"],
        "surges_only": worker.getboolean("surges_only", fallback=False),
    }


def metrics(available: int) -> dict[str, str]:
    """Return how this machine is, and how many runs it could take."""
    free = re.search(r"MemAvailable:\s*(\d+)", text(Path("/proc/meminfo")))
    found = {"available_runners": available, "mem_free": int(free[1]) * 1024 if free else 0}
    found["disk_free"] = shutil.disk_usage(HOME).free
    loads = zip((1, 5, 15), os.getloadavg())
    return {**{name: str(value) for name, value in found.items()}, **{f"load_avg_{m}": f"{v:.2f}" for m, v in loads}}


def register(options: argparse.Namespace) -> int:
    """Tell the server of this machine and keep what it has to know; somebody there has to enlist it."""
    config = settings()
    config["jobserv"]["server_url"] = options.server_url
    given = {"name": options.hostname, "concurrent_runs": str(options.concurrent_runs), "host_tags": options.host_tags}
    key = {"jwt": options.jwt} if options.jwt else {"api_key": secrets.token_urlsafe(24)}
    config["worker"] = {**given, **key, "surges_only": str(options.surges_only)}
    said = properties(config["worker"])
    ask(config, "PATCH" if options.jwt else "POST", document={**said, **key})
    config["properties"] = {"said": json.dumps(said)}
    save(config)
    print(f"{options.hostname} is registered at {options.server_url}")
    return 0


def check(options: argparse.Namespace) -> int:
    """Go on with runs after a reboot, clean up after dead ones, ask for a run and begin it, get a newer worker."""
    config = registered()
    with (HOME / "check.lock").open("w") as alone:
        if not taken(alone):
            print("another check is under way")
            return 0
        slots = free(int(config["worker"]["concurrent_runs"]))
        if tidy(slots):
            # The machine is about to be booted: it asks for nothing, but lives.
            slots = []
        said = properties(config["worker"])
        if config["properties"].get("said") != json.dumps(said):
            ask(config, "PATCH", document=said)
            config["properties"] = {"said": json.dumps(said)}
            save(config)
        if len(slots) == said["concurrent_runs"] and expiring(config["worker"].get("jwt")):
            ask(config, "DELETE")
            print("the token of this worker ends, and so does the worker")
            return 1
        # One answer has one run, so whoever was given one and has room asks again.
        given: list[str] = [""]
        while given:
            found = ask(config, "GET", f"?{urllib.parse.urlencode(metrics(len(slots)))}")["worker"]
            given = (found.get("run-defs") or [])[: len(slots)]
            for rundef in given:
                begin(config, json.loads(rundef), slots.pop())
            given = given if slots else []
        update(config["jobserv"]["server_url"], str(found.get("version")))
    return 0


def registered() -> configparser.ConfigParser:
    """Return the settings of a registered worker."""
    config = settings()
    if not config["worker"].get("name"):
        sys.exit(f"{SETTINGS} names no worker: register first")
    return config


def expiring(jwt: str | None) -> bool:
    """Say whether a token is good for no longer than it takes to ask again."""
    if not jwt:
        return False
    try:
        claims = json.loads(base64.urlsafe_b64decode(jwt.split(".")[1] + "=="))
        return bool(claims["exp"] < time.time() + EXPIRING_S)
    except (LookupError, ValueError, TypeError):
        # Whoever checks it will say what it is.
        return False


def taken(file: IO[str]) -> bool:
    """Lock an open file, unless somebody else did: then say no."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def free(count: int) -> list[IO[str]]:
    """Return the locks of all slots that no run holds; a slot is held as long as its file is open."""
    SLOTS.mkdir(exist_ok=True)
    return [file for file in [(SLOTS / str(number)).open("w") for number in range(count)] if taken(file)]


def tidy(slots: list[IO[str]]) -> bool:
    """Go on with runs that had the machine booted, in slots taken from the list, and hand back those that died.

    Returns:
        Whether the machine is still to be booted.
    """
    waiting = False
    for run_dir in sorted(path for path in RUNS.glob("*") if path.is_dir()):
        lock = (run_dir / "lock").open("w")
        if not taken(lock):
            continue
        marker = run_dir / "rebooting"
        if not marker.exists():
            hand_back(run_dir)
        elif marker.read_text() == boot():
            waiting = True
        elif slots:
            marker.unlink()
            child(run_dir, json.loads((run_dir / "rundef.json").read_bytes()), slots.pop(), lock)
    return waiting


def hand_back(run_dir: Path) -> None:
    """End the container of a run whose process died, let the server give the run to another, and remove its folder."""
    container = text(run_dir / "container")
    if container:
        engine = shutil.which("docker") or shutil.which("podman") or "docker"
        subprocess.run([engine, "kill", container], check=False)
    try:
        rundef = json.loads((run_dir / "rundef.json").read_bytes())
        line = f"== {stamp()}: The process of this run died on its worker\n".encode()
        try:
            report(rundef, line, "QUEUED", None)
        except Refused as error:
            if error.status != 400:
                raise
            report(rundef, line, "FAILED", None)
    except (OSError, ValueError, KeyError, Refused) as error:
        print(f"{run_dir} died, and nobody was told: {error}")
    shutil.rmtree(run_dir, ignore_errors=True)


def begin(config: configparser.ConfigParser, rundef: dict[str, Any], slot: IO[str]) -> None:
    """Say that a run begins and leave it to a child, which holds its slot until it ends."""
    line = f"== {stamp()}: Setting up runner on worker\n".encode()
    try:
        report(rundef, line, "RUNNING", 0)
    except Refused as error:
        print(f"the run is not begun: {error}")
        return
    rundef["log-offset"] = len(line)
    run_dir = None
    try:
        RUNS.mkdir(mode=0o700, exist_ok=True)
        run_dir = Path(tempfile.mkdtemp(dir=RUNS))
        lock = (run_dir / "lock").open("w")
        taken(lock)
        localise(config, rundef)
        (run_dir / "rundef.json").touch(0o600)
        (run_dir / "rundef.json").write_text(json.dumps(rundef))
        (run_dir / "runner.zip").write_bytes(send("GET", rundef["runner_url"]))
        child(run_dir, rundef, slot, lock)
    except Exception:
        report(rundef, traceback.format_exc().encode(), "FAILED", len(line))
        if run_dir:
            shutil.rmtree(run_dir, ignore_errors=True)


def localise(config: configparser.ConfigParser, rundef: dict[str, Any]) -> None:
    """Put into a run definition what this machine knows: its name, where shared volumes are, how much memory."""
    worker, places = config["worker"], config["shared-volumes"]
    rundef["env"] = {**(rundef.get("env") or {}), "H_WORKER": worker["name"]}
    wanted = (rundef.get("shared-volumes") or {}).items()
    rundef["shared-volumes"] = {places.get(name, name): place for name, place in wanted}
    if worker.get("max_mem_bytes"):
        rundef["max-mem-bytes"] = worker.getint("max_mem_bytes")


def report(rundef: dict[str, Any], said: bytes, status: str, offset: int | None) -> None:
    """Add to the log of a run and set its status; bytes at an offset are added once. Raises Refused."""
    headers = {"Authorization": f"Token {rundef['api_key']}", "Content-Type": "text/plain", "X-RUN-STATUS": status}
    if offset is not None:
        headers["X-Log-Offset"] = str(offset)
    for pause in PAUSES_S:
        try:
            send("POST", rundef["run_url"], said, headers)
            return
        except Refused as error:
            if 400 <= error.status < 500 or not pause:
                raise
            time.sleep(pause)


def child(run_dir: Path, rundef: dict[str, Any], slot: IO[str], lock: IO[str]) -> None:
    """Execute a run in a process of its own, which outlives this one and holds both locks."""
    sys.stdout.flush()
    if os.fork():
        return
    code = 1
    try:
        os.setsid()
        kept = (0, 1, 2, slot.fileno(), lock.fileno())
        for number in [int(name) for name in os.listdir("/proc/self/fd") if int(name) not in kept]:
            # One of them was the list itself.
            with contextlib.suppress(OSError):
                os.close(number)
        execute(run_dir, rundef)
        code = 0
    except Exception:
        traceback.print_exc()
        with contextlib.suppress(Refused):
            report(rundef, traceback.format_exc().encode(), "FAILED", None)
        shutil.rmtree(run_dir, ignore_errors=True)
    finally:
        os._exit(code)


def execute(run_dir: Path, rundef: dict[str, Any]) -> None:
    """Have the runner do a run; boot the machine when it wants that, else remove the run's folder."""
    if not re.fullmatch(r"[a-z_]+", rundef["trigger_type"]):
        raise ValueError(f"there is no trigger type {rundef['trigger_type']!r}")
    sys.path.insert(0, str(run_dir / "runner.zip"))
    handler = importlib.import_module(f"jobserv_runner.handlers.{rundef['trigger_type']}").handler
    try:
        handler.execute(str(HOME), str(run_dir), rundef)
    except handler.RebootAndContinue as error:
        (run_dir / "rebooting").write_text(boot())
        cold = bool(getattr(error, "cold", False))
        command = settings()["worker"].get("cold_reboot_command" if cold else "reboot_command", REBOOT[cold])
        if subprocess.run(shlex.split(command), check=False).returncode == 0:
            return
        report(rundef, f"== {stamp()}: the machine cannot be booted: {command}\n".encode(), "FAILED", None)
    shutil.rmtree(run_dir, ignore_errors=True)


def update(server_url: str, version: str) -> None:
    """Replace this script by the one of the server, when it is another and a program."""
    if digest(SCRIPT.read_bytes()) == version:
        return
    found = send("GET", urllib.parse.urljoin(server_url, "/worker"))
    if digest(found) != version:
        print("the server has another worker than it says; this one stays")
        return
    try:
        compile(found.decode(), str(SCRIPT), "exec")
        with tempfile.NamedTemporaryFile(dir=HOME, prefix=".worker-", delete=False) as file:
            file.write(found)
        os.chmod(file.name, SCRIPT.stat().st_mode)
        os.replace(file.name, SCRIPT)
    except (SyntaxError, ValueError, OSError) as error:
        print(f"the newer worker is not taken: {error}")


def loop(options: argparse.Namespace) -> int:
    """Check again and again."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    script = SCRIPT.read_bytes()
    surges = registered()["worker"].getboolean("surges_only", fallback=False)
    while True:
        subprocess.run([sys.executable, str(SCRIPT), "check"], check=False)
        time.sleep(SURGE_INTERVAL_S if surges else INTERVAL_S)
        if SCRIPT.read_bytes() != script:
            os.execv(sys.executable, [sys.executable, str(SCRIPT), "loop"])


def unregister(options: argparse.Namespace) -> int:
    """Have the server forget this worker."""
    ask(registered(), "DELETE")
    SETTINGS.unlink()
    return 0


def cronwrap(options: argparse.Namespace) -> int:
    """Run a script and tell the server how it went."""
    done = subprocess.run([options.script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    kind = "error" if done.returncode else "success"
    title = f"{options.script} ended with {done.returncode}"
    event = {"title": title, "msg": done.stdout.decode(errors="replace"), "type": kind}
    ask(registered(), "POST", "events/", event)
    return done.returncode


def gc_volumes(options: argparse.Namespace) -> int:
    """Remove the volumes of projects that are no more."""
    there = sorted(path.name for path in VOLUMES.glob("*") if path.is_dir())
    code = 0
    for name in ask(registered(), "GET", "volumes-deleted/", {"directories": there})["volumes"] if there else ():
        print(f"{'would remove' if options.dryrun else 'removing'} {VOLUMES / name}")
        if name in there and not options.dryrun:
            shutil.rmtree(VOLUMES / name, ignore_errors=True)
            code = code or int((VOLUMES / name).exists())
    return code


def upload(options: argparse.Namespace) -> int:
    """Keep at the server what is read from standard input."""
    said = {"Content-Type": "application/gzip", "Content-Encoding": "gzip"}
    ask(registered(), "PUT", "logs/", gzip.compress(sys.stdin.buffer.read()), said)
    return 0


def text(path: Path) -> str:
    """Return what a small file says, nothing when it is not there."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def digest(content: bytes) -> str:
    """Return what versions of this script are told apart by."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def stamp() -> str:
    """Return the time of a line of a log, in UTC."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")


def boot() -> str:
    """Return what is another after each boot of the machine."""
    return text(Path("/proc/sys/kernel/random/boot_id"))


def main() -> int:
    """Read the options and do what they say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(required=True, metavar="command")
    for do in (register, check, loop, unregister, cronwrap, gc_volumes, upload):
        about = (do.__doc__ or "").strip()
        command = commands.add_parser(do.__name__.replace("_", "-"), help=about, description=about)
        command.set_defaults(do=do)
        if do is register:
            command.add_argument("--hostname", default=platform.node(), help="the worker's name")
            command.add_argument("--concurrent-runs", type=int, default=1, help="how many runs at once")
            command.add_argument("--surges-only", action="store_true", help="work only when there is too much of it")
            command.add_argument("--jwt", help="a token that says who this worker is")
            command.add_argument("server_url", help="e.g. https://jobserv.example.com")
            command.add_argument("host_tags", help="what runs ask for, with commas between")
        elif do is cronwrap:
            command.add_argument("script")
        elif do is gc_volumes:
            command.add_argument("--dryrun", action="store_true", help="say what would be removed, and keep it")
    options = parser.parse_args()
    try:
        return int(options.do(options))
    except Refused as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
