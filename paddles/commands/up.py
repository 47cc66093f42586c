"""The whole service in the foreground: ``./dev up`` runs it, with a database of its own unless one is named."""

import argparse
import os
import runpy
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import psycopg2
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from paddles import __version__, app, settings
from paddles.db import embedded, migrations
from paddles.db.processes import ending_with_parent
from paddles.errors import PaddlesError
from paddles.settings import Settings
from paddles.sweep import loop

SERVER_CONFIG = Path(__file__).parents[2] / "gunicorn_config.py"
BACKLOG = 2048
# A child is born with the handlers of its master, which would swallow these: they wait until it has its own.
END_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
OLDEST_SERVER = 15
FIRST_RUN = "hello-2026-01-01_00:00:00-smoke-main-distro-default-mylab"
FIRST_JOB = '{"job_id": 1, "status": "pass", "description": "my first job"}'


class Sweeper:
    """The child process that does the periodic work; started again when it is gone."""

    RESPAWN_S = 2.0
    END_S = 10.0

    def __init__(self, configured: Settings) -> None:
        self.settings = configured
        self.pid = 0
        self.started = float("-inf")

    def keep(self, listeners: list[Any]) -> None:
        """Start the process where it does not run; ``listeners`` are the sockets that it must not hold open."""
        if self._runs() or time.monotonic() - self.started < self.RESPAWN_S:
            return
        self.started = time.monotonic()
        follow = ending_with_parent(signal.SIGTERM)
        signal.pthread_sigmask(signal.SIG_BLOCK, END_SIGNALS)
        self.pid = os.fork()
        if self.pid == 0:
            self._work(follow, listeners)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)

    def ask_to_end(self) -> None:
        """Let the process finish what it does."""
        if self._runs():
            os.kill(self.pid, signal.SIGTERM)

    def wait(self) -> None:
        """Return when the process has ended; one that does not end is killed."""
        deadline = time.monotonic() + self.END_S
        while self._runs():
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.02)

    def _runs(self) -> bool:
        # The master also waits for children it does not know, so ours may have been reaped already.
        if self.pid:
            try:
                ended, _ = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:
                ended = self.pid
            self.pid = 0 if ended else self.pid
        return self.pid != 0

    def _work(self, follow: Callable[[], None], listeners: list[Any]) -> NoReturn:
        code = 1
        try:
            for number in (*Arbiter.SIGNALS, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            follow()
            for listener in listeners:
                listener.close()
            loop.run(self.settings)
            code = 0
        except KeyboardInterrupt:
            code = 0
        except Exception:
            traceback.print_exc()
        finally:
            # Whatever happens, the child must not go on as a second master.
            sys.stderr.flush()
            os._exit(code)


class Master(Arbiter):  # type: ignore[misc]
    """gunicorn's master, which looks after the sweeper and the embedded database as it does after its workers."""

    def __init__(self, service: "Service") -> None:
        super().__init__(service)
        self.sweeper = Sweeper(service.settings)

    def manage_workers(self) -> None:
        """Start what is missing; called at least every second."""
        super().manage_workers()
        self.sweeper.keep(self.LISTENERS)
        if self.app.home:
            embedded.revive(self.app.home)

    def spawn_worker(self) -> None:
        """Start a worker that hears no signal to end before it can act on it."""
        signal.pthread_sigmask(signal.SIG_BLOCK, END_SIGNALS)
        super().spawn_worker()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)

    def stop(self, graceful: bool = True) -> None:
        """End the workers and the sweeper."""
        self.sweeper.ask_to_end()
        super().stop(graceful)
        self.sweeper.wait()

    def handle_hup(self) -> NoReturn:
        """End: a terminal that is closed sends SIGHUP, which to a daemon would mean to read its settings again."""
        raise StopIteration


class Service(BaseApplication):  # type: ignore[misc]
    """What the master runs: the service with ``configured`` on the listening socket ``listener``."""

    def __init__(self, configured: Settings, listener: socket.socket, workers: int, home: Path | None) -> None:
        self.settings = configured
        self.home = home
        self.overrides = {"bind": f"fd://{listener.detach()}", "workers": workers, "loglevel": "error"}
        super().__init__()

    def load_config(self) -> None:
        """Take the settings of the production server, less what the command line says."""
        known = {name: value for name, value in runpy.run_path(str(SERVER_CONFIG)).items() if name in self.cfg.settings}
        for name, value in (known | self.overrides | {"post_worker_init": self._worker_began}).items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        """Return the service, in a worker."""
        return app.application(self.settings)

    def run(self) -> None:
        """Serve until told to end."""
        Master(self).run()

    def _worker_began(self, worker: Any) -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)
        # The first worker speaks for all, once it can answer.
        if worker.age == 1:
            print(_greeting(self.settings, self.home), flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM; return the exit code."""
    options = _options(arguments)
    # Until gunicorn has its own handlers, an end must still be an orderly one.
    signal.signal(signal.SIGTERM, _end)
    try:
        listener = _listen(options.host, options.port)
        return _up(options, listener)
    except KeyboardInterrupt:
        return 0
    except (embedded.EmbeddedError, PaddlesError, psycopg2.OperationalError, OSError) as error:
        print(f"paddles: {str(error).strip()}", file=sys.stderr)
        return 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev up", description="Run the service until Ctrl-C.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="port to listen on (default %(default)s)")
    parser.add_argument("--data", type=Path, help="directory of the data and the embedded PostgreSQL")
    parser.add_argument("--workers", type=int, default=2, help="processes that answer requests (default %(default)s)")
    options = parser.parse_args(arguments)
    if options.workers < 1:
        parser.error("--workers: at least 1")
    return options


def _end(_number: int, _frame: Any) -> NoReturn:
    sys.exit(0)


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; taken first, so that a port in use shows before anything is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        reason = str(getattr(error, "strerror", None) or error).partition(" (while")[0]
        raise OSError(f"cannot listen on {host} port {port}: {reason}; choose another --port") from None


def _up(options: argparse.Namespace, listener: socket.socket) -> int:
    where = {"server_host": options.host, "server_port": listener.getsockname()[1]}
    configured = settings.load(None, **where, **({"home": options.data.absolute()} if options.data else {}))
    if configured.database_url:
        _check_version(configured.database_url)
        return _serve(configured, listener, options.workers, None)
    home = configured.home or embedded.default_home()
    try:
        server = embedded.acquire(home)
    except (KeyboardInterrupt, SystemExit):
        embedded.release(home)
        raise
    try:
        own = configured.model_copy(update={"database_url": server.url, "home": server.home})
        return _serve(own, listener, options.workers, server.home)
    finally:
        embedded.release(home)


def _serve(configured: Settings, listener: socket.socket, workers: int, home: Path | None) -> int:
    migrations.upgrade(configured.database_url)
    Service(configured, listener, workers, home).run()
    return 0


def _check_version(url: str) -> None:
    connection = psycopg2.connect(url.replace("postgresql+psycopg2://", "postgresql://", 1))
    major = connection.server_version // 10000
    connection.close()
    if major < OLDEST_SERVER:
        raise PaddlesError(f"the database is PostgreSQL {major}; {OLDEST_SERVER} or newer is needed")


def _greeting(configured: Settings, home: Path | None) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(configured.server_host, configured.server_host)  # noqa: S104
    url = f"http://{f'[{host}]' if ':' in host else host}:{configured.server_port}"
    data = str(home) if home else "in the PostgreSQL that DATABASE_URL names"
    return (
        f"paddles {__version__} is up; Ctrl-C ends it\n"
        f"  address    {url}/\n"
        f"  data       {data}\n"
        f"  first job  curl -X POST {url}/runs/{FIRST_RUN}/jobs/ -d '{FIRST_JOB}'"
    )


if __name__ == "__main__":
    sys.exit(main())
