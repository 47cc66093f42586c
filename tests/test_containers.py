"""The Dockerfile and the Compose file, as far as they can be checked where no container engine is."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from paddles.db.binaries import OLDEST_MAJOR
from paddles.settings import Settings

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
# Of the Compose specification, what we use; anything else is a slip of the pen or wants a look.
KEYS = {"build", "image", "restart", "environment", "command", "depends_on", "ports", "volumes", "healthcheck"}
CHECK = {"test", "interval", "timeout", "retries"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
INTERPOLATED = re.compile(r"\$\{(\w+):[?-][^}]*\}")


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile with what they say."""
    lines = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()
    found = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in found]


def environment() -> dict[str, str]:
    """Return the variables that the image sets."""
    pairs = [rest.partition("=") for word, rest in instructions() if word == "ENV"]
    return {name: value for name, _, value in pairs}


def known() -> set[str]:
    """Return every variable that a process of paddles, or what starts it, reads."""
    table = (ROOT / "docs" / "operations.md").read_text().partition("Variables that are no settings")[2]
    others = set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE))
    return {f"PADDLES_{name.upper()}" for name in Settings.model_fields} | others


def ours() -> dict[str, Any]:
    """Return the services that run the image."""
    return {name: service for name, service in SERVICES.items() if "build" in service}


def test_the_image_is_made_of_what_is_there() -> None:
    """Each instruction is one; what is copied exists and is not ignored; it starts as an ordinary user."""
    words = [word for word, _ in instructions()]
    assert set(words) == {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "EXPOSE", "CMD"}
    assert "FROM" == words[0]
    assert words.index("USER") > max(place for place, word in enumerate(words) if word in ("RUN", "COPY"))

    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")}
    copied = [rest.split() for word, rest in instructions() if word == "COPY" and not rest.startswith("--from")]
    sources = {source for each in copied for source in each[:-1]}
    assert sources == sent
    assert all((ROOT / source).exists() for source in sources)


def test_the_image_holds_all_that_its_installation_reads() -> None:
    """What setup.py opens or packs is copied before pip runs."""
    places = [place for place, (word, rest) in enumerate(instructions()) if word == "RUN" and "pip install" in rest]
    before = " ".join(rest for word, rest in instructions()[: places[0]] if word == "COPY").split()

    text = (ROOT / "setup.py").read_text()
    assert {"setup.py", "pyproject.toml", "constraints.txt", "alembic", "paddles"} <= set(before)
    assert set(re.findall(r'HERE / "([^"]+)"', text)) <= set(before)


def test_variables_are_known() -> None:
    """The image and the services set nothing that nobody reads."""
    assert set(environment()) - {"PATH"} <= known()
    for service in ours().values():
        assert set(service["environment"]) <= known()


def test_ports_and_paths_fit() -> None:
    """What the server listens on is what is exposed, published and asked for its health."""
    port = environment()["PADDLES_SERVER_PORT"]
    assert [port] == [rest for word, rest in instructions() if word == "EXPOSE"]
    assert "0.0.0.0" == environment()["PADDLES_SERVER_HOST"]

    published = [each for service in SERVICES.values() for each in service.get("ports", [])]
    assert [f"127.0.0.1:8080:{port}"] == published
    assert f"http://127.0.0.1:{port}/healthz" in SERVICES["web"]["healthcheck"]["test"][-1]
    config = environment()["PADDLES_CONFIG"]
    assert config == environment()["PECAN_CONFIG"]
    targets = {rest.split()[-1] for word, rest in instructions() if word == "COPY"}
    assert config in targets
    command = json.loads(next(rest for word, rest in instructions() if word == "CMD"))
    assert command[:2] == ["gunicorn", "-c"]
    assert command[2] in targets


@pytest.mark.parametrize("name", SERVICES)
def test_services_are_well_formed(name: str) -> None:
    """Known keys only; what a service waits for can come about; its volumes and variables are declared."""
    service = SERVICES[name]
    assert set(service) <= KEYS | {"stop_grace_period"}
    assert service["restart"] in ("no", "unless-stopped")
    assert set(service.get("healthcheck", {})) <= CHECK
    for other, how in service.get("depends_on", {}).items():
        assert how["condition"] in CONDITIONS
        assert how["condition"] != "service_healthy" or "healthcheck" in SERVICES[other]
        assert how["condition"] != "service_completed_successfully" or SERVICES[other]["restart"] == "no"
    for volume in service.get("volumes", []):
        assert volume.partition(":")[0] in COMPOSE["volumes"]
    for value in service["environment"].values():
        assert "$" not in INTERPOLATED.sub("", value)


def test_commands_exist() -> None:
    """The services run commands of paddles; the configuration they name is the image's."""
    calls = [node for node in ast.walk(ast.parse((ROOT / "setup.py").read_text())) if isinstance(node, ast.keyword)]
    points = next(ast.literal_eval(node.value) for node in calls if node.arg == "entry_points")
    there = {point.split()[0] for point in points["pecan.command"]}
    for service in ours().values():
        if "command" in service:
            program, command, config = service["command"]
            assert ("pecan", environment()["PADDLES_CONFIG"]) == (program, config)
            assert command in there


def test_the_database_is_one_that_paddles_runs_on() -> None:
    """User, password, database and port of the URL are those that the server is made with."""
    server = SERVICES["db"]["environment"]
    user, password, name = (server[f"POSTGRES_{word}"] for word in ("USER", "PASSWORD", "DB"))
    for service in ours().values():
        assert f"postgresql://{user}:{password}@db:5432/{name}" == service["environment"]["PADDLES_DATABASE_URL"]
    assert int(SERVICES["db"]["image"].partition(":")[2]) >= OLDEST_MAJOR
    assert SERVICES["db"]["volumes"][0].endswith(":/var/lib/postgresql")
