"""``pecan populate``: tables where there are none, and nothing where there are."""

import subprocess
from pathlib import Path

from paddles.db import embedded, migrations
from tests.commands.conftest import SCRIPT, Pecan, process, write_config
from tests.processes import environment, open_place


def test_it_makes_the_tables_and_may_be_repeated(empty_config: Path, command: Pecan) -> None:
    """First from nothing, then from there; each line begins with an arrow."""
    first, second = command("populate", empty_config), command("populate", empty_config)

    assert first.splitlines()[0] == "==> THE DATABASE IS EMPTY"
    assert second.splitlines()[0] == f"==> THE DATABASE IS AT {migrations.head()}"
    assert all(line.startswith("==> ") for line in (first + second).splitlines())
    assert command("recount", empty_config).startswith("0 runs")


def test_several_at_once_wait_for_each_other(empty_config: Path) -> None:
    """Containers that start together all populate; none fails."""
    words = [SCRIPT, "populate", empty_config]
    started = [
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
        for _ in range(3)
    ]
    said = [command.communicate(timeout=120) for command in started]

    assert [command.returncode for command in started] == [0, 0, 0], said


def test_what_is_there_stays(pecan: Pecan) -> None:
    """Populating a database in use changes nothing."""
    assert f"==> BRINGING IT TO {migrations.head()}" in pecan("populate")


def test_migrations_go_past_a_pooler(empty_config: Path, command: Pecan) -> None:
    """With a direct URL it alone is used, whatever the pooler says to it."""
    url = empty_config.read_text().partition("=")[2]
    pooler = "database_url = 'postgresql://paddles@127.0.0.1:1/nowhere'\ndatabase_pooler = True"
    empty_config.write_text(f"{pooler}\ndatabase_direct_url = {url}")

    assert f"==> BRINGING IT TO {migrations.head()}" in command("populate", empty_config)
    assert f"==> THE DATABASE IS AT {migrations.head()}" in command("populate", empty_config)


def test_an_embedded_server_is_started_and_let_go() -> None:
    """Without a database named the command uses the embedded one, and leaves no process behind."""
    with open_place() as place:
        config = write_config(place, "", f"home = {str(place / 'home')!r}")

        process("populate", config)

        assert embedded.status(place / "home") == embedded.Status(guard=None, postmaster=None, ready=False)
