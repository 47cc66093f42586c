"""What all commands promise: help, one clear line for each error, exit codes, and a bar where somebody watches."""

import os
import pty
import subprocess
from pathlib import Path

import pytest
from pecan.commands import CommandRunner

from paddles.commands.command import end_with
from paddles.settings import Settings
from tests.client import Client
from tests.commands.conftest import SCRIPT, Pecan, process, write_config
from tests.factories import make_job
from tests.processes import environment

COMMANDS = tuple(
    """populate get_secret regroup reparse dedupe delete expire_jobs node_jobs set_status set_targets import_nodes
    queue_stats node_stats sweep recount documents""".split()
)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, command: Pecan) -> None:
    """``--help`` says what a command is for and what it takes, and ends with 0."""
    shown = " ".join(command(name, "--help").split())

    assert f" {name} [-h]" in shown
    # Without arguments of its own a command has no other place than `pecan --help` to say it.
    if name != "get_secret":
        assert " ".join(CommandRunner().commands[name].__doc__.split()) in shown


def test_pecan_lists_every_command() -> None:
    """``pecan --help`` names all commands, each with a line about it."""
    shown = process("--help").stdout

    assert all(f"\n    {name} " in shown or f"\n    {name}\n" in shown for name in COMMANDS)


@pytest.mark.parametrize(
    "words",
    [
        ["delete"],
        ["delete", "config.py", "a", "b"],
        ["queue_stats", "config.py", "many"],
        ["queue_stats", "config.py", "0"],
        ["queue_stats", "config.py", "-1"],
        ["node_stats", "config.py", "99999999999"],
        ["expire_jobs", "config.py", "-r", "soon"],
        ["node_jobs", "config.py", "smithi", "-c", "1.5"],
        ["dedupe", "config.py", "a\\"],
        ["dedupe", "config.py", "\udcff"],
        ["import_nodes", "config.py"],
        ["recount", "config.py", "--repair"],
    ],
)
def test_bad_arguments_exit_2(words: list[str], command: Pecan) -> None:
    """What cannot be meant is refused before anything is read, with the reason last."""
    reason = command(*words, code=2).splitlines()[-1]

    assert "argument" in reason


def test_no_configuration_file_is_one_line_and_2() -> None:
    """Neither an argument nor PECAN_CONFIG names one."""
    said = process("recount", code=2, PECAN_CONFIG="").stderr

    assert said == "paddles: no configuration file: name one, such as config.py, or set PECAN_CONFIG\n"


def test_pecan_config_names_the_file_too(config_file: Path) -> None:
    """As for Pecan's own commands, the environment does for the argument."""
    assert process("recount", PECAN_CONFIG=str(config_file)).stdout.startswith("0 runs counted")


def test_a_missing_configuration_file_is_one_line_and_2(tmp_path: Path) -> None:
    """No traceback for a slip of the finger."""
    said = process("recount", tmp_path / "conifg.py", code=2).stderr

    assert said == f"paddles: the configuration file {tmp_path}/conifg.py does not exist\n"


@pytest.mark.parametrize(
    ("text", "part", "code"),
    [
        ("server = {", "SyntaxError", 2),
        ("import no_such_module", "No module named 'no_such_module'", 2),
        ("pool_size = 'many'", "bad settings: pool_size", 2),
        ("feed_days = 3", "bad settings: Value error, retain_days must be at least 1 more than feed_days", 2),
        ("database_url = 'somewhere'", "must be like postgresql://", 2),
        ("database_url = 'sqlite:///dev.db'", "must be like postgresql://", 2),
        ("database_url = 'postgresql://nobody@127.0.0.1:1/none'", "the database is unavailable", 3),
        ("logging = {'root': {'level': 'LOUD'}}", "bad settings: logging", 2),
    ],
)
def test_a_bad_configuration_is_one_line(tmp_path: Path, command: Pecan, text: str, part: str, code: int) -> None:
    """What is wrong in the file is said, not shown as a traceback: 2; 3 when there is nobody at the database."""
    (tmp_path / "config.py").write_text(text)

    said = command("recount", tmp_path / "config.py", code=code)

    assert part in said
    assert len(said.splitlines()) == 1


def test_a_database_without_tables_is_one_line_and_1(empty_config: Path, command: Pecan) -> None:
    """Whoever forgot to populate is told so."""
    said = command("recount", empty_config, code=1)

    assert said == "paddles: the database is not at this version's schema; run `pecan populate` first\n"


def test_a_reader_that_goes_away_is_no_error(config_file: Path) -> None:
    """``pecan queue_stats ... | head -1`` ends quietly."""
    words = [SCRIPT, "queue_stats", config_file, "36500"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as command:
        assert command.stdout is not None
        assert command.stderr is not None
        assert b"scheduled" in command.stdout.readline()
        command.stdout.close()
        said = command.stderr.read()

    assert said == b""
    assert command.returncode == 1


def test_an_interrupt_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C ends a command with 130, as shells expect."""

    def interrupted() -> int:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as ended:
        end_with(interrupted)

    assert ended.value.code == 130
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_progress_bar(client: Client, config_file: Path) -> None:
    """Whoever watches long work sees how far it is."""
    make_job(client)
    watcher, terminal = pty.openpty()
    words = [SCRIPT, "recount", config_file]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=terminal, env=environment(TERM="xterm"), check=False)
    os.close(terminal)
    seen = os.read(watcher, 65536)
    os.close(watcher)

    assert done.returncode == 0
    assert b"Counting" in seen
    assert b"100%" in seen


def test_a_log_file_gets_no_progress_bar(client: Client, config_file: Path) -> None:
    """Where nobody watches, stderr holds errors and nothing else."""
    make_job(client)

    assert process("recount", config_file).stderr == ""


def test_the_log_goes_where_the_configuration_says(settings: Settings, tmp_path: Path) -> None:
    """Commands log as the service does."""
    more = f"""logging = {{
        'root': {{'level': 'INFO', 'handlers': ['file']}},
        'handlers': {{'file': {{'class': 'logging.FileHandler', 'filename': {str(tmp_path / "log")!r}}}}},
    }}"""

    process("populate", write_config(tmp_path, settings.database_url, more))

    assert "Context impl PostgresqlImpl" in (tmp_path / "log").read_text()
