"""How gunicorn serves paddles: ``gunicorn -c gunicorn_config.py paddles.wsgi:application``.

An operator sets the environment, not this file: PADDLES_SERVER_HOST, PADDLES_SERVER_PORT, PADDLES_WORKER_COUNT and
PADDLES_THREADS. MALLOC_ARENA_MAX=2 keeps the memory of threads small; it must be in the environment before the
process starts, so whatever starts gunicorn sets it.
"""

import os

bind = "{}:{}".format(os.environ.get("PADDLES_SERVER_HOST", "127.0.0.1"), os.environ.get("PADDLES_SERVER_PORT", "8080"))

# One worker a core; threads let a worker answer others while one request waits for the database.
workers = int(os.environ.get("PADDLES_WORKER_COUNT", "2"))
# Its threads never wait for a client: see paddles/web/worker.py.
worker_class = "paddles.web.worker.Worker"
threads = int(os.environ.get("PADDLES_THREADS", "4"))
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
