"""The two commands: what ``./dev`` decides by itself, and the virtualenv that it makes."""

import ast
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from tests.processes import ROOT, environment

DEV = ROOT / "dev"
# A build backend of a few lines, so that pip can install a checkout without asking anybody for anything.
BACKEND = """
import pathlib, zipfile
HERE = pathlib.Path(__file__).parent

def build_editable(directory, config_settings=None, metadata_directory=None):
    with (HERE / "builds.log").open("a") as log:
        log.write("built\\n")
    name = "paddles-1-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(directory) / name, "w") as wheel:
        extras = "Provides-Extra: embedded\\nProvides-Extra: test\\n"
        wheel.writestr("paddles-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: paddles\\nVersion: 1\\n" + extras)
        wheel.writestr("paddles-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("paddles-1.dist-info/RECORD", "")
    return name
"""


@pytest.fixture(scope="module")
def dev() -> ModuleType:
    """Return ``./dev`` as a module."""
    loader = SourceFileLoader("dev", str(DEV))
    spec = spec_from_loader("dev", loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_dev_alone_explains_itself() -> None:
    """No argument: every command, and nothing happens."""
    said = subprocess.run([sys.executable, DEV], capture_output=True, text=True, check=True).stdout

    for command in (
        "./dev up",
        "./dev test",
        "./dev venv",
        "./dev demo",
        "--port",
        "--data",
        "--workers",
        "DATABASE_URL",
    ):
        assert command in said


def test_an_unknown_command_is_refused_in_one_line() -> None:
    """Exit code 2, as for every misuse of a command."""
    process = subprocess.run([sys.executable, DEV, "upp"], capture_output=True, text=True, check=False)

    assert process.returncode == 2
    assert process.stderr == "paddles: no command 'upp'; ./dev alone says which there are\n"


def test_an_old_python_is_refused_in_one_line(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has to get as far as saying so: the file itself uses nothing that is new."""
    ast.parse(DEV.read_text(), feature_version=(3, 6))
    monkeypatch.setattr(dev, "OLDEST", (99, 0))

    assert dev.main(["up"]) == 1
    assert re.fullmatch(r"paddles: needs Python 3.11 or newer, and \S+ is 3\S+\n", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("command", "environ", "extras"),
    [
        ("up", {}, {"embedded"}),
        ("up", {"DATABASE_URL": "postgresql:///x"}, set()),
        ("up", {"PADDLES_DATABASE_URL": "postgresql:///x"}, set()),
        ("up", {"DATABASE_URL": ""}, {"embedded"}),
        ("test", {"DATABASE_URL": "postgresql:///x"}, {"embedded", "test"}),
        ("venv", {}, {"embedded", "test"}),
        ("demo", {}, set()),
    ],
)
def test_what_a_command_needs(dev: ModuleType, command: str, environ: dict[str, str], extras: set[str]) -> None:
    """The embedded server is not installed for whoever serves from a server of their own."""
    assert dev.needed(command, environ) == extras


def test_a_virtualenv_is_up_to_date_or_not(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Same inputs, same Python, at least these extras; one made for the tests serves too."""
    monkeypatch.setattr(dev, "PYTHON", sys.executable)
    stamp = {"inputs": "a", "python": sys.version, "extras": ["embedded", "test"]}

    assert dev.holds(stamp, "a", {"embedded"})
    assert dev.holds(stamp, "a", set())
    assert not dev.holds(stamp, "b", {"embedded"})
    assert not dev.holds({**stamp, "python": "3.11.0"}, "a", {"embedded"})
    assert not dev.holds({**stamp, "extras": ["embedded"]}, "a", {"test"})
    monkeypatch.setattr(dev, "PYTHON", "/none")
    assert not dev.holds(stamp, "a", set())


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout of something that pip installs without a network."""
    directory = tmp_path / "checkout"
    directory.mkdir()
    shutil.copy(DEV, directory / "dev")
    (directory / "backend.py").write_text(BACKEND)
    (directory / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "paddles"\nversion = "1"\noptional-dependencies = { embedded = [], test = [] }\n'
    )
    (directory / "setup.py").write_text("")
    (directory / "constraints.txt").write_text("")
    return directory


def venv(checkout: Path) -> subprocess.CompletedProcess[str]:
    # The Python below this virtualenv has what made it: ensurepip, or pip.
    python = getattr(sys, "_base_executable", sys.executable)
    kept = environment(PIP_NO_INDEX="1", PYTHONPATH="")
    return subprocess.run([python, checkout / "dev", "venv"], capture_output=True, text=True, env=kept, check=False)


def builds(checkout: Path) -> int:
    return (checkout / "builds.log").read_text().count("built")


def test_the_virtualenv_is_made_once_and_when_its_list_changes(checkout: Path) -> None:
    """Two at once install once; a change of what is pinned installs again; a failure leaves nothing to rely on."""
    with ThreadPoolExecutor() as pool:
        said = list(pool.map(venv, [checkout, checkout]))
    assert {(process.returncode, process.stdout) for process in said} == {(0, f"{checkout}/.venv\n")}, said
    assert builds(checkout) == 1
    assert venv(checkout).stderr == ""
    assert builds(checkout) == 1

    (checkout / "constraints.txt").write_text("# newer\n")
    assert venv(checkout).returncode == 0
    assert builds(checkout) == 2

    (checkout / "constraints.txt").write_text("no requirement at all\n")
    failed = venv(checkout)
    assert failed.returncode == 1
    assert failed.stderr.endswith("paddles: the installation failed; what pip said stands above\n")
    assert venv(checkout).returncode == 1


def test_pip_may_stand_outside_the_virtualenv(dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python without ensurepip makes a virtualenv without pip, and the pip beside that Python installs into it."""
    python = next(each for each in (sys.executable, sys._base_executable) if has_pip(each))
    subprocess.run([python, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    inside = str(tmp_path / "venv" / "bin" / "python")
    monkeypatch.setattr(dev, "PYTHON", inside)
    monkeypatch.setattr(dev.sys, "executable", python)

    assert dev.pip() == [python, "-m", "pip", "--python", inside]

    monkeypatch.setattr(dev.sys, "executable", inside)
    with pytest.raises(dev.InstallError, match="no pip"):
        dev.pip()


def has_pip(python: str) -> bool:
    return subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
