"""How gunicorn serves paddles: ``gunicorn -c gunicorn_config.py paddles.wsgi:application``.

An operator sets the environment, not this file: PADDLES_SERVER_HOST, PADDLES_SERVER_PORT, PADDLES_WORKER_COUNT and
PADDLES_THREADS. MALLOC_ARENA_MAX=2 keeps the memory of threads small; it must be in the environment before the
process starts, so whatever starts gunicorn sets it.
"""

import glob
import os
import shutil
import sys
import tempfile
from typing import Any

host = os.environ.get("PADDLES_SERVER_HOST") or "127.0.0.1"
# The task queue may have a port of its own.
ports = [os.environ.get("PADDLES_SERVER_PORT") or "8080", os.environ.get("PADDLES_TASKQUEUE_PORT") or "0"]
bind = [f"{host}:{port}" for at, port in enumerate(dict.fromkeys(ports)) if at == 0 or port != "0"]

# One worker a core; threads let a worker answer others while one request waits for the database.
workers = int(os.environ.get("PADDLES_WORKER_COUNT") or "2")
# Its threads never wait for a client: see paddles/web/worker.py.
worker_class = "paddles.web.worker.Worker"
threads = int(os.environ.get("PADDLES_THREADS") or "4")
worker_connections = 4096
# For how long a connection is kept for its client's next request, in seconds.
keepalive = 5

timeout = 60
graceful_timeout = 30
# Nothing leaks, so no worker is replaced for its age.
max_requests = 0
# The code is loaded after the fork, and with it every connection: none is shared between workers.
preload_app = False
# Otherwise every instance of one user opens a socket in the same place.
control_socket_disable = True
# No header of a client, not even through a proxy of this machine, says where the service is mounted.
forwarder_headers = ""

# Where the workers leave what they count, for whichever of them is asked for /metrics. It must be known before the
# service is imported. A server that reloads comes by here again and keeps it.
OURS = f"paddles-metrics-{os.getpid()}-"
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix=OURS)


def on_starting(server: Any) -> None:
    """Begin with nothing counted, unless this server takes over from one that still runs."""
    os.makedirs(os.environ["PROMETHEUS_MULTIPROC_DIR"], exist_ok=True)
    if not server.master_pid:
        for path in glob.glob(os.path.join(os.environ["PROMETHEUS_MULTIPROC_DIR"], "*.db")):
            os.remove(path)


def on_reload(server: Any) -> None:
    """Have the next workers made of the code as it is now: their class is the one part that the master keeps."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "paddles"]:
        del sys.modules[name]
    server.worker_class = server.cfg.worker_class


def child_exit(server: Any, worker: Any) -> None:
    """Forget what a worker held; what it counted stays."""
    from prometheus_client import multiprocess  # noqa: PLC0415 - nothing of the service before it is needed

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    """Leave nothing behind of a directory that this server made."""
    place = os.environ["PROMETHEUS_MULTIPROC_DIR"]
    if os.path.basename(place).startswith(OURS):
        shutil.rmtree(place, ignore_errors=True)
