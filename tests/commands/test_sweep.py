"""``pecan sweep``: the periodic work, once or until told to end."""

import signal
import subprocess
from pathlib import Path

from paddles.db.engine import Database
from tests.client import Client
from tests.commands.conftest import SCRIPT, Pecan, process, write_config
from tests.commands.test_expire_jobs import silence
from tests.factories import job_of, make_job
from tests.processes import environment
from tests.waiting import until


def test_once_does_what_is_due_and_ends(client: Client, database: Database, pecan: Pecan) -> None:
    """It says how many rows it handled."""
    make_job(client, "r", status="running")
    silence(database, minutes=31)

    assert pecan("sweep", "--once") == "1 swept\n"
    assert pecan("sweep", "--once") == "0 swept\n"
    assert job_of(client, "r")["status"] == "dead"


def test_it_works_until_told_to_end(client: Client, database: Database, config_file: Path) -> None:
    """As supervisors run it; SIGTERM ends it with 0."""
    make_job(client, "r", status="running")
    silence(database, minutes=31)
    with subprocess.Popen([SCRIPT, "sweep", config_file], env=environment()) as sweeper:
        try:
            until(lambda: job_of(client, "r")["status"] == "dead")
        finally:
            sweeper.send_signal(signal.SIGTERM)

    assert sweeper.returncode == 0


def test_a_url_that_is_none_is_refused(tmp_path: Path) -> None:
    """Waiting would not make it one."""
    assert "must be like postgresql://" in process("sweep", write_config(tmp_path, "nonsense"), code=2).stderr
