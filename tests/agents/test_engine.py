"""The container engine: pulls, logins to registries, the end of containers."""

import base64
import json
from pathlib import Path

import pytest

from paddles.agents.jobserv_runner import engine
from paddles.agents.jobserv_runner.console import Console, Failed
from paddles.agents.jobserv_runner.process import Deadline
from tests.agents.machine import ENGINE

LOGIN = base64.b64encode(b"user:password").decode()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home on a machine with an engine."""
    monkeypatch.setenv("PATH", f"{ENGINE}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_SHIM", str(tmp_path / "engine"))
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    return tmp_path


def calls(home: Path) -> list[dict[str, dict[str, str]]]:
    """Return the calls of the engine."""
    return [json.loads(line) for line in (home / "engine" / "calls").read_text().splitlines()]


@pytest.mark.parametrize(
    ("image", "auth", "tries"),
    [("alpine", None, 1), ("flaky/image", None, 2), ("private.example/image", LOGIN, 1)],
)
def test_a_pull_is_tried_until_it_is_done(home: Path, image: str, auth: str | None, tries: int) -> None:
    """An image that can be had is had."""
    engine.Engine().pull(image, Console(), Deadline(1), auth, (0, 0, 0))

    assert tries == len(calls(home))


@pytest.mark.parametrize(("image", "auth"), [("absent/image", None), ("private.example/image", None)])
def test_a_pull_is_given_up(home: Path, image: str, auth: str | None) -> None:
    """After four tries the run fails."""
    with pytest.raises(Failed, match=image):
        engine.Engine().pull(image, Console(), Deadline(1), auth, (0, 0, 0))

    assert 4 == len(calls(home))


def test_a_login_is_no_base64(home: Path) -> None:
    """What cannot be a login is refused before anything is pulled."""
    with pytest.raises(Failed, match="container-auth"):
        engine.Engine().pull("private.example/image", Console(), Deadline(1), "no base64!", ())


def test_a_login_leaves_the_users_own_alone(home: Path) -> None:
    """Other registries' logins are there during the pull too; a store of credentials is not asked; nothing is left."""
    own = home / ".docker" / "config.json"
    own.parent.mkdir()
    (own.parent / "contexts").mkdir()
    own.write_text('{"auths": {"other.example": {"auth": "b3RoZXI="}}, "credsStore": "desktop", "currentContext": "x"}')
    before = own.read_bytes()

    with engine._login("private.example/image", LOGIN) as environment:
        there = Path(environment["DOCKER_CONFIG"])
        settings = json.loads((there / "config.json").read_text())
        assert {"other.example": {"auth": "b3RoZXI="}, "private.example": {"auth": LOGIN}} == settings["auths"]
        assert "credsStore" not in settings
        assert "x" == settings["currentContext"]
        assert (there / "contexts").is_dir()
        assert 0 == (there / "config.json").stat().st_mode & 0o077

    assert not there.exists()
    assert before == own.read_bytes()


@pytest.mark.parametrize(
    ("image", "where"),
    [
        ("alpine", engine.HUB),
        ("library/alpine:3", engine.HUB),
        ("docker.io/library/alpine", engine.HUB),
        ("ghcr.io/owner/image:1", "ghcr.io"),
        ("localhost/image", "localhost"),
        ("registry:5000/image@sha256:00", "registry:5000"),
        ("image:5000", engine.HUB),
    ],
)
def test_registries_are_told_from_users(image: str, where: str) -> None:
    """The first part of an image's name is a registry when it looks like a host."""
    assert where == engine.registry(image)


def test_there_is_no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without one says so."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Failed, match="neither docker nor podman"):
        engine.Engine()
