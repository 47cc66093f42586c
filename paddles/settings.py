"""The settings of the service: read once, from ``config.py`` and the environment, by whoever starts a process.

Precedence: what the starting process passes, then a mounted secret, then the environment, then ``config.py``,
then the default. ``PADDLES_<NAME>`` overrides the setting ``<name>``; the variables which paddles and compass-ci
have always known are accepted too.
"""

import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from paddles.errors import Invalid

SECRETS = Path("/run/secrets")
KNOWN_SUITES = (
    "big, ceph-deploy, clusters, dummy, experimental, fs, hadoop, iozone, kcephfs, knfs, krbd, marginal, "
    "mixed-clients, mount, multimds, nfs, powercycle, rados, rbd, rest, rgw, samba, smoke, stress, tgt, "
    "upgrade:dumpling-x:stress-split, upgrade:dumpling-x, upgrade:dumpling-emperor-x, upgrade-cuttlefish, "
    "upgrade-dumpling, upgrade-fs, upgrade-mixed-cluster, upgrade-mixed-mons, upgrade-parallel, "
    "upgrade-rados-double, upgrade-rados, upgrade-rbd-double, upgrade-rbd, upgrade-rgw-double, upgrade-rgw, "
    "upgrade-small, upgrade, workload"
)


def _names(*names: str) -> AliasChoices:
    return AliasChoices(*names)


class Settings(BaseSettings):
    """Every setting with its default; frozen. ``config.py.in`` says what each means to an operator."""

    model_config = SettingsConfigDict(
        env_prefix="PADDLES_",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        validate_default=True,
    )

    server_host: str = "127.0.0.1"
    server_port: int = Field(8080, ge=0, le=65535)
    address: str = ""
    database_url: str = Field(
        "",
        validation_alias=_names(
            "database_url", "PADDLES_DATABASE_URL", "PADDLES_SQLALCHEMY_URL", "paddles_sqlalchemy_url", "DATABASE_URL"
        ),
    )
    home: Path | None = None
    pool_size: int = Field(16, ge=1)
    database_pooler: bool = False
    database_direct_url: str = Field(
        "", validation_alias=_names("database_direct_url", "PADDLES_DATABASE_DIRECT_URL", "DATABASE_DIRECT_URL")
    )
    database_replica_url: str = Field(
        "", validation_alias=_names("database_replica_url", "PADDLES_DATABASE_REPLICA_URL", "DATABASE_REPLICA_URL")
    )

    job_log_href_templ: str = ""
    default_latest_runs_count: int = Field(25, ge=0)
    timezone: str = "UTC"
    known_suites: tuple[str, ...] = tuple(KNOWN_SUITES.split(", "))
    require_job_id: bool = False
    max_body_bytes: int = Field(16 * 1024 * 1024, ge=1024)
    hand_over_lease_s: int = Field(60, ge=1)

    expire_running_minutes: int = Field(30, ge=0)
    expire_queued_days: int = Field(14, ge=0)
    events_keep_days: int = Field(90, ge=0)
    access_log: bool = False

    sched_host: str = Field("127.0.0.1", validation_alias=_names("sched_host", "PADDLES_SCHED_HOST", "SCHED_HOST"))
    sched_port: int = Field(3000, validation_alias=_names("sched_port", "PADDLES_SCHED_PORT", "SCHED_PORT"))
    os_http_host: str = Field(
        "127.0.0.1", validation_alias=_names("os_http_host", "PADDLES_OS_HTTP_HOST", "OS_HTTP_HOST")
    )
    os_http_port: int = Field(8000, validation_alias=_names("os_http_port", "PADDLES_OS_HTTP_PORT", "OS_HTTP_PORT"))
    initrd_http_host: str = Field(
        "127.0.0.1", validation_alias=_names("initrd_http_host", "PADDLES_INITRD_HTTP_HOST", "INITRD_HTTP_HOST")
    )
    initrd_http_port: int = Field(
        8800, validation_alias=_names("initrd_http_port", "PADDLES_INITRD_HTTP_PORT", "INITRD_HTTP_PORT")
    )
    lab: str = Field("nolab", validation_alias=_names("lab", "PADDLES_LAB", "LAB"))

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"no time zone is called {name!r}") from None
        return name

    @field_validator("job_log_href_templ")
    @classmethod
    def _template_formats(cls, template: str) -> str:
        try:
            template.format(run_name="run", job_id="1")
        except (KeyError, IndexError, ValueError):
            raise ValueError("may hold {run_name} and {job_id} and no other braces") from None
        return template

    @field_validator("database_url", "database_direct_url", "database_replica_url")
    @classmethod
    def _driver(cls, url: str) -> str:
        url = normalise(url)
        if url and not url.startswith("postgresql+psycopg2://"):
            raise ValueError("must be like postgresql://user:password@host/name")
        return url

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which run names and reporters' log times are written."""
        return ZoneInfo(self.timezone)

    @property
    def migrations_url(self) -> str:
        """The URL of the database itself, past any pooler; empty for the embedded one."""
        return self.database_direct_url or self.database_url

    @property
    def base_url(self) -> str:
        """The address that links begin with, without a trailing slash."""
        return (self.address or f"http://{self.server_host}:{self.server_port}").rstrip("/")


def normalise(url: str) -> str:
    """Return ``url`` with the driver named: SQLAlchemy takes a bare ``postgresql://`` for another driver's."""
    scheme, colon, rest = url.strip().partition("://")
    return f"postgresql+psycopg2://{rest}" if colon and scheme in ("postgres", "postgresql") else url.strip()


def load(config: str | Path | Mapping[str, Any] | None = None, **overrides: Any) -> Settings:
    """Return the settings of this process.

    Args:
        config: a Pecan ``config.py``, its content as a dictionary, or None for defaults and environment alone.
        overrides: values that win over everything.

    Raises:
        Invalid: a setting has a value that it cannot have; the message names each.
    """
    values = _from_config(config)

    class Loaded(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            secrets = [SecretsSettingsSource(settings_cls, secrets_dir=SECRETS)] if SECRETS.is_dir() else []
            return (init_settings, *secrets, env_settings, InitSettingsSource(settings_cls, init_kwargs=values))

    try:
        return Loaded(**overrides)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise Invalid(f"bad settings: {faults}") from None


def read_config(path: str | Path) -> dict[str, Any]:
    """Return what a Pecan ``config.py`` defines.

    Raises:
        Invalid: it does not exist, or is not Python that runs.
    """
    if not Path(path).is_file():
        raise Invalid(f"the configuration file {path} does not exist")
    try:
        names = runpy.run_path(str(path))
    except Exception as error:
        raise Invalid(f"cannot read the configuration file {path}: {type(error).__name__}: {error}") from None
    return {name: _plain(value) for name, value in names.items() if not name.startswith("__")}


def _plain(value: Any) -> Any:
    """Return a value without the marks that Pecan wants on dictionaries it is to leave alone."""
    if not isinstance(value, dict):
        return value
    return {name: _plain(inner) for name, inner in value.items() if name != "__force_dict__"}


def _from_config(config: str | Path | Mapping[str, Any] | None) -> dict[str, Any]:
    """Flatten a Pecan configuration: ``server = {"host": ...}`` is ``server_host``, ``sqlalchemy.url`` the database."""
    if config is None:
        return {}
    values = dict(config) if isinstance(config, Mapping) else read_config(config)
    server, sqlalchemy = values.pop("server", {}), values.pop("sqlalchemy", {})
    flat = {f"server_{name}": value for name, value in server.items()}
    if sqlalchemy.get("url"):
        flat["database_url"] = sqlalchemy["url"]
    return flat | {name: value for name, value in values.items() if value is not None}
