"""The settings: where they come from, which beats which, and what is wrong with them said by name."""

import os
from pathlib import Path
from typing import Any

import pydantic
import pytest

import paddles
from paddles import settings
from paddles.errors import Invalid
from paddles.settings import Settings

OURS = "postgresql+psycopg2://u@h/db"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting in the environment, no secret mounted."""
    known = {alias for field in Settings.model_fields.values() for alias in aliases(field)}
    for name in list(os.environ):
        if name.startswith("PADDLES_") or name in known:
            monkeypatch.delenv(name)
    monkeypatch.setattr(settings, "SECRETS", tmp_path / "no secrets")


def aliases(field: pydantic.fields.FieldInfo) -> list[str]:
    """Return the other names of a setting."""
    choices = field.validation_alias
    return [str(name) for name in choices.choices] if isinstance(choices, pydantic.AliasChoices) else []


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder where secrets are mounted."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    monkeypatch.setattr(settings, "SECRETS", folder)
    return folder


def test_without_anything_said_there_are_defaults() -> None:
    """The service starts with no configuration at all, on this machine only."""
    loaded = settings.load()

    assert ("127.0.0.1", 8080, "", None) == (
        loaded.server_host, loaded.server_port, loaded.database_url, loaded.home,
    )  # fmt: skip
    assert ("UTC", 25, 60, False) == (
        loaded.timezone, loaded.default_latest_runs_count, loaded.hand_over_lease_s, loaded.require_job_id,
    )  # fmt: skip
    assert ("127.0.0.1", 3000, "127.0.0.1", 8000, "127.0.0.1", 8800, "nolab") == (
        loaded.sched_host, loaded.sched_port, loaded.os_http_host, loaded.os_http_port, loaded.initrd_http_host,
        loaded.initrd_http_port, loaded.lab,
    )  # fmt: skip


def test_who_starts_the_process_beats_everything(monkeypatch: pytest.MonkeyPatch, secrets: Path) -> None:
    """What is passed, then a mounted secret, then the environment, then config.py, then the default."""
    config = {"sqlalchemy": {"url": "postgresql://config/x"}}
    assert "" == settings.load().database_url
    assert "postgresql+psycopg2://config/x" == settings.load(config).database_url

    monkeypatch.setenv("PADDLES_SQLALCHEMY_URL", "postgresql://environment/x")
    assert "postgresql+psycopg2://environment/x" == settings.load(config).database_url

    (secrets / "paddles_sqlalchemy_url").write_text("postgresql://secret/x\n")
    assert "postgresql+psycopg2://secret/x" == settings.load(config).database_url

    passed = settings.load(config, database_url="postgresql://passed/x")
    assert "postgresql+psycopg2://passed/x" == passed.database_url


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        # Those that paddles has always known.
        ("PADDLES_SERVER_HOST", "0.0.0.0", "server_host", "0.0.0.0"),
        ("PADDLES_SERVER_PORT", "8081", "server_port", 8081),
        ("PADDLES_ADDRESS", "https://p.example", "address", "https://p.example"),
        ("PADDLES_JOB_LOG_HREF_TEMPL", "http://q/{run_name}/{job_id}/x", "job_log_href_templ",
         "http://q/{run_name}/{job_id}/x"),
        ("PADDLES_SQLALCHEMY_URL", "postgresql://u@h/db", "database_url", OURS),
        # Those that compass-ci has always known.
        ("SCHED_HOST", "s", "sched_host", "s"),
        ("SCHED_PORT", "1", "sched_port", 1),
        ("OS_HTTP_HOST", "o", "os_http_host", "o"),
        ("OS_HTTP_PORT", "2", "os_http_port", 2),
        ("INITRD_HTTP_HOST", "i", "initrd_http_host", "i"),
        ("INITRD_HTTP_PORT", "3", "initrd_http_port", 3),
        ("LAB", "l", "lab", "l"),
        # That of the world.
        ("DATABASE_URL", "postgres://u@h/db", "database_url", OURS),
        # Ours.
        ("PADDLES_DATABASE_URL", "postgresql://u@h/db", "database_url", OURS),
        ("PADDLES_HOME", "/var/lib/paddles", "home", Path("/var/lib/paddles")),
        ("PADDLES_POOL_SIZE", "3", "pool_size", 3),
        ("PADDLES_DATABASE_POOLER", "true", "database_pooler", True),
        ("PADDLES_DATABASE_DIRECT_URL", "postgresql://u@h/db", "database_direct_url", OURS),
        ("PADDLES_DATABASE_REPLICA_URL", "postgresql://u@h/db", "database_replica_url", OURS),
        ("DATABASE_REPLICA_URL", "postgres://u@h/db", "database_replica_url", OURS),
        ("DATABASE_DIRECT_URL", "postgres://u@h/db", "database_direct_url", OURS),
        ("PADDLES_DEFAULT_LATEST_RUNS_COUNT", "7", "default_latest_runs_count", 7),
        ("PADDLES_TIMEZONE", "Asia/Shanghai", "timezone", "Asia/Shanghai"),
        ("PADDLES_KNOWN_SUITES", '["a", "b"]', "known_suites", ("a", "b")),
        ("PADDLES_REQUIRE_JOB_ID", "1", "require_job_id", True),
        ("PADDLES_MAX_BODY_BYTES", "2048", "max_body_bytes", 2048),
        ("PADDLES_HAND_OVER_LEASE_S", "5", "hand_over_lease_s", 5),
        ("PADDLES_EXPIRE_RUNNING_MINUTES", "0", "expire_running_minutes", 0),
        ("PADDLES_EXPIRE_QUEUED_DAYS", "0", "expire_queued_days", 0),
        ("PADDLES_EVENTS_KEEP_DAYS", "0", "events_keep_days", 0),
        ("PADDLES_NODES_KEEP_DAYS", "0", "nodes_keep_days", 0),
        ("PADDLES_ACCESS_LOG", "yes", "access_log", True),
        ("PADDLES_SCHED_HOST", "s", "sched_host", "s"),
        ("PADDLES_SCHED_PORT", "1", "sched_port", 1),
        ("PADDLES_OS_HTTP_HOST", "o", "os_http_host", "o"),
        ("PADDLES_OS_HTTP_PORT", "2", "os_http_port", 2),
        ("PADDLES_INITRD_HTTP_HOST", "i", "initrd_http_host", "i"),
        ("PADDLES_INITRD_HTTP_PORT", "3", "initrd_http_port", 3),
        ("PADDLES_LAB", "l", "lab", "l"),
    ],
)  # fmt: skip
def test_the_environment_sets(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, field: str, expected: Any
) -> None:
    """Each variable sets its setting, over what the configuration says."""
    monkeypatch.setenv(variable, value)

    loaded = settings.load({"lab": "config", "server": {"host": "config", "port": 9}, "sched_port": 9})

    assert expected == getattr(loaded, field)


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_has_a_variable(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    """PADDLES_<NAME> sets the setting <name>: a value that cannot be is heard of, and any text where any will do."""
    monkeypatch.setenv(f"PADDLES_{field.upper()}", "[]")

    try:
        heard = "[]" in str(getattr(settings.load(), field)) or () == getattr(settings.load(), field)
    except Invalid as error:
        heard = field in str(error)

    assert heard


def test_other_variables_set_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names without the prefix belong to others, HOME above all; variables of other parts are no mistake."""
    for name in ("HOME", "TIMEZONE", "ADDRESS", "SERVER_HOST", "SQLALCHEMY_URL", "PADDLES_WORKER_COUNT"):
        monkeypatch.setenv(name, "/elsewhere")

    assert Settings.model_construct() == Settings.model_construct(**settings.load().model_dump())


def test_an_empty_variable_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As container files leave them."""
    for name in ("PADDLES_SERVER_PORT", "LAB", "DATABASE_URL", "PADDLES_TIMEZONE"):
        monkeypatch.setenv(name, "")

    loaded = settings.load({"lab": "config"})

    assert (8080, "config", "", "UTC") == (
        loaded.server_port, loaded.lab, loaded.database_url, loaded.timezone,
    )  # fmt: skip


def test_a_configuration_of_pecan_is_read(tmp_path: Path) -> None:
    """``server`` and ``sqlalchemy`` are dictionaries there, everything else a name; what is none of ours is left."""
    config = tmp_path / "config.py"
    config.write_text(
        "import os\n"
        "server = {'port': '8082', 'host': '::1'}\n"
        "app = {'root': 'x', 'modules': ['paddles']}\n"
        "sqlalchemy = {'url': 'postgresql://u@h/db', 'encoding': 'utf-8'}\n"
        "statsd = {'host': 'statsd', 'prefix': None}\n"
        "address = 'http://' + 'p.example'\n"
        "default_latest_runs_count = 50\n"
        "lab = None\n"
    )

    loaded = settings.load(config)

    assert ("::1", 8082, OURS) == (loaded.server_host, loaded.server_port, loaded.database_url)
    assert ("http://p.example", 50, "nolab") == (loaded.address, loaded.default_latest_runs_count, loaded.lab)


def test_the_sample_configuration_is_one() -> None:
    """``config.py.in``, as it is delivered, loads and changes no default but the ones it is for."""
    sample = Path(paddles.__file__).parents[1] / "config.py.in"

    loaded, default = settings.load(sample).model_dump(), settings.load().model_dump()

    assert {} == {name: value for name, value in loaded.items() if value != default[name] and name != "address"}


@pytest.mark.parametrize("text", [None, "server = {'port':", "import nothing_of_the_kind", "1 / 0"])
def test_a_configuration_that_cannot_be_read_is_named(tmp_path: Path, text: str | None) -> None:
    """A file that is not there, is no Python or does not run is refused by its name."""
    config = tmp_path / "config.py"
    if text is not None:
        config.write_text(text)

    with pytest.raises(Invalid, match=str(config)):
        settings.load(config)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("server_port", "http"), ("server_port", -1), ("server_port", 65536), ("pool_size", 0), ("pool_size", "many"),
        ("default_latest_runs_count", -1), ("timezone", "Mars"), ("timezone", "../etc/passwd"), ("timezone", ""),
        ("hand_over_lease_s", 0), ("max_body_bytes", 1), ("expire_running_minutes", -1), ("expire_queued_days", -1),
        ("events_keep_days", -1), ("access_log", "perhaps"), ("database_pooler", 7), ("require_job_id", ""),
        ("sched_port", "x"), ("os_http_port", "x"), ("initrd_http_port", "x"), ("known_suites", 7),
        ("known_suites", "[1"),
        ("database_url", "mysql://h/db"), ("database_url", "sqlite:///x"), ("database_url", "h/db"),
        ("job_log_href_templ", "{"), ("job_log_href_templ", "{}"), ("job_log_href_templ", "{job}"),
        ("job_log_href_templ", "{job_id:d}"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_named(name: str, value: Any) -> None:
    """The setting is named, whether configured or passed; the process does not start with half of it."""
    for load in (lambda: settings.load({name: value}), lambda: settings.load(**{name: value})):
        with pytest.raises(Invalid) as caught:
            load()
        assert name in str(caught.value)


def test_all_that_is_wrong_is_named_at_once() -> None:
    """An operator mends them all and starts once."""
    with pytest.raises(Invalid) as caught:
        settings.load({"server": {"port": "x"}, "timezone": "Mars", "pool_size": 0})

    assert all(name in str(caught.value) for name in ("server_port", "timezone", "pool_size"))


def test_no_password_is_in_what_is_said() -> None:
    """A wrong database's address is refused without its password."""
    with pytest.raises(Invalid) as caught:
        settings.load(database_url="mysql://u:s3cret@h/db")

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@h:1/db?x=y", "postgresql+psycopg2://u:p@h:1/db?x=y"),
        ("postgres://h/db", "postgresql+psycopg2://h/db"),
        ("postgresql+psycopg2://h/db", "postgresql+psycopg2://h/db"),
        ("  postgresql://h/db\n", "postgresql+psycopg2://h/db"),
        ("postgresql:///db?host=/run", "postgresql+psycopg2:///db?host=/run"),
        ("postgresql://u:a://b@h/db", "postgresql+psycopg2://u:a://b@h/db"),
        ("mysql://h/db", "mysql://h/db"),
        ("postgresql", "postgresql"),
        ("", ""),
    ],
)
def test_the_driver_is_named(url: str, expected: str) -> None:
    """A PostgreSQL address in any usual form gets the one driver; anything else stays as it is."""
    assert expected == settings.normalise(url)
    assert expected == settings.normalise(expected)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"server_host": "h", "server_port": 1}, "http://h:1"),
        ({"address": "https://p.example"}, "https://p.example"),
        ({"address": "https://p.example/archive/"}, "https://p.example/archive"),
    ],
)
def test_links_begin_with_the_public_address(said: dict[str, Any], expected: str) -> None:
    """Without a slash behind; where none is set, the address that is listened on."""
    assert expected == settings.load(**said).base_url


def test_the_zone_is_that_of_the_name() -> None:
    """Names of runs are read in it."""
    assert "Europe/Berlin" == settings.load(timezone="Europe/Berlin").zone.key


def test_settings_stay_as_they_are() -> None:
    """Nobody changes them while the process runs."""
    with pytest.raises(pydantic.ValidationError):
        settings.load().server_port = 1  # type: ignore[misc]
