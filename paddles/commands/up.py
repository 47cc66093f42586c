"""The whole service in the foreground: ``./dev up`` runs it, with a database of its own unless one is named."""

import argparse
import datetime
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import psycopg2

from paddles import __version__
from paddles.commands.listener import listen
from paddles.db import embedded
from paddles.errors import PaddlesError

if TYPE_CHECKING:
    from paddles.settings import Settings

OLDEST_SERVER = 15
FIRST_RUN = "hello-2026-01-01_00:00:00-smoke-main-distro-default-mylab"
FIRST_JOB = '{"job_id": 1, "status": "pass", "description": "my first job"}'


def main(arguments: list[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM; return the exit code."""
    options = _options(arguments)
    # Until gunicorn has its own handlers, an end must still be an orderly one.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    try:
        return _up(options, _listen(options.host, options.port))
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
    try:
        return listen(host, port)
    except (OSError, OverflowError) as error:
        reason = str(getattr(error, "strerror", None) or error).partition(" (while")[0]
        raise OSError(f"cannot listen on {host} port {port}: {reason}; choose another --port") from None


def _up(options: argparse.Namespace, listener: socket.socket) -> int:
    # Imported here: it takes most of a start, in which a signal must find the handlers above.
    from paddles import settings  # noqa: PLC0415

    where = {"server_host": options.host, "server_port": listener.getsockname()[1]}
    configured = settings.load(None, **where, **({"home": options.data.absolute()} if options.data else {}))
    if configured.database_url:
        _check_version(configured.database_url)
        return _serve(configured, listener, options.workers, None)
    home = configured.home or embedded.default_home()
    try:
        server = embedded.acquire(home)
    except SystemExit:
        embedded.release(home)
        raise
    master = os.getpid()
    try:
        own = configured.model_copy(update={"database_url": server.url, "home": server.home})
        return _serve(own, listener, options.workers, server.home)
    finally:
        # A worker that ends comes by here too.
        if os.getpid() == master:
            embedded.release(home)


def _serve(configured: "Settings", listener: socket.socket, workers: int, home: Path | None) -> int:
    from paddles.commands import service  # noqa: PLC0415 - as above
    from paddles.db import engine, migrations  # noqa: PLC0415
    from paddles.logs import log_to  # noqa: PLC0415
    from paddles.sweep import administrator  # noqa: PLC0415

    log_to(None, configured.log_format)
    migrations.upgrade(configured.migrations_url)
    database = engine.connect(configured)
    administrator.ensure(database, configured, datetime.datetime.now(datetime.UTC))
    # Forked processes have connections of their own.
    database.dispose()
    service.Service(configured, listener, workers, home, _greeting(configured, home)).run()
    return 0


def _check_version(url: str) -> None:
    connection = psycopg2.connect(url.replace("postgresql+psycopg2://", "postgresql://", 1))
    major = connection.server_version // 10000
    connection.close()
    if major < OLDEST_SERVER:
        raise PaddlesError(f"the database is PostgreSQL {major}; {OLDEST_SERVER} or newer is needed")


def _greeting(configured: "Settings", home: Path | None) -> str:
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
