"""gunicorn's master as ``./dev up`` runs it: it keeps the sweeper and the embedded database beside its workers."""

import os
import runpy
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from paddles import sentry
from paddles.db import embedded
from paddles.db.processes import ending_with_parent
from paddles.settings import Settings

SERVER_CONFIG = Path(__file__).parents[2] / "gunicorn_config.py"
# A child is born with the handlers of its master, which would swallow these: they wait until it has its own.
END_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
CTRL_C_S = 5


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
            # Ctrl-C is for the master, which then ends this process.
            os.setsid()
            for listener in listeners:
                listener.close()
            sentry.watch(self.settings)
            from paddles.sweep import loop  # noqa: PLC0415 - see ``Service.run``

            loop.run(self.settings)
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

    def handle_int(self) -> NoReturn:
        """End soon: whoever presses Ctrl-C does not wait for a request that waits for news."""
        self.cfg.set("graceful_timeout", CTRL_C_S)
        raise StopIteration

    def handle_hup(self) -> NoReturn:
        """End: a terminal that is closed sends SIGHUP, which to a daemon would mean to read its settings again."""
        self.handle_int()


class Service(BaseApplication):  # type: ignore[misc]
    """What the master runs: the service with ``configured`` on the listening socket ``listener``.

    ``home`` is that of the embedded database, if it is the one in use; ``greeting`` is printed once it can answer.
    """

    def __init__(
        self, configured: Settings, listener: socket.socket, workers: int, home: Path | None, greeting: str
    ) -> None:
        self.settings = configured
        self.home = home
        self.greeting = greeting
        self.overrides = {"bind": f"fd://{listener.detach()}", "workers": workers, "loglevel": "error"}
        super().__init__()

    def load_config(self) -> None:
        """Take the settings of the production server, less what the command line says."""
        known = {name: value for name, value in runpy.run_path(str(SERVER_CONFIG)).items() if name in self.cfg.settings}
        for name, value in (known | self.overrides | {"post_worker_init": self._worker_began}).items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        """Return the service, in a worker."""
        from paddles import app  # noqa: PLC0415 - see ``run``

        return app.application(self.settings)

    def run(self) -> None:
        """Serve until told to end."""
        # Imported before the fork, the code is in memory once for all processes: 80 MiB less with two workers. How the
        # service counts is decided by what the server's settings, read by now, put into the environment.
        for name in ("paddles.app", "paddles.sweep.loop"):
            import_module(name)
        Master(self).run()

    def _worker_began(self, worker: Any) -> None:
        # A terminal signals all its processes. Here the master alone tells the workers: two signals to end can meet
        # within gunicorn's handler, which takes a lock that the second one then waits for without end.
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)
        # The first worker speaks for all, once it can answer.
        if worker.age == 1:
            print(self.greeting, flush=True)
