"""The worker: how it ends. What it does for clients is in ``tests/faults``."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger

from paddles.web.worker import Worker


def test_a_worker_quits_while_it_hands_a_request_to_a_thread() -> None:
    """The signal may come at any moment, also while the loop holds the lock of its pool of threads."""
    config = Config()
    worker = Worker(1, os.getpid(), [], None, 30, config, Logger(config))
    worker.tpool = ThreadPoolExecutor(1)

    with worker.tpool, pytest.raises(SystemExit) as ended, worker.tpool._shutdown_lock:
        worker.handle_quit(signal.SIGQUIT, None)

    assert (0, False) == (ended.value.code, worker.alive)
    worker.tmp.close()
