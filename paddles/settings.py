"""The settings of the service: read once, from ``config.py`` and the environment, by whoever starts a process.

Precedence: what the starting process passes, then a mounted secret, then the environment, then the local file beside
``config.py``, then ``config.py``, then the default. ``PADDLES_<NAME>`` overrides the setting ``<name>``; the variables
which the services before this one have always known are accepted too.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import EnvSettingsSource, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from paddles import config_file
from paddles.config_file import Said
from paddles.errors import Invalid
from paddles.feed_settings import FeedSettings

SECRETS = Path("/run/secrets")
STATSD_PORT = 8125
# A key of HS256 has no fewer bytes than its hash: RFC 7518, section 3.2.
SHORTEST_KEY = 32
LOOPBACK = ("localhost", "::1")
KNOWN_SUITES = (
    "big, ceph-deploy, clusters, dummy, experimental, fs, hadoop, iozone, kcephfs, knfs, krbd, marginal, "
    "mixed-clients, mount, multimds, nfs, powercycle, rados, rbd, rest, rgw, samba, smoke, stress, tgt, "
    "upgrade:dumpling-x:stress-split, upgrade:dumpling-x, upgrade:dumpling-emperor-x, upgrade-cuttlefish, "
    "upgrade-dumpling, upgrade-fs, upgrade-mixed-cluster, upgrade-mixed-mons, upgrade-parallel, "
    "upgrade-rados-double, upgrade-rados, upgrade-rbd-double, upgrade-rbd, upgrade-rgw-double, upgrade-rgw, "
    "upgrade-small, upgrade, workload"
)

# A name or an IPv4 address, as firmware can be told it.
ServerName = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9])?$")]

# 32 bytes in Base64.
SealingKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]
# Who may enter a face: anybody, whoever brings a token, nobody.
Access = Literal["open", "token", "closed"]


class Settings(FeedSettings):
    """Every setting with its default; frozen. ``config.py.in`` says what each means to an operator."""

    model_config = SettingsConfigDict(
        env_prefix="PADDLES_",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        validate_default=True,
    )

    server_host: str = "127.0.0.1"
    server_port: int = Field(8080, ge=0, le=65535)
    address: str = ""
    database_url: str = ""
    home: Path | None = None
    files_dir: Path | None = None
    files_url: str = ""
    files_endpoint: str = ""
    files_key: str = ""
    files_secret: str = Field("", repr=False)
    upload_max_bytes: int = Field(5 * 1024 * 1024 * 1024, ge=1024)
    pool_size: int = Field(16, ge=1)
    database_pooler: bool = False
    database_direct_url: str = ""
    database_replica_url: str = ""

    job_log_href_templ: str = ""
    default_latest_runs_count: int = Field(25, ge=0)
    timezone: str = "UTC"
    known_suites: Annotated[tuple[str, ...], NoDecode] = tuple(KNOWN_SUITES.split(", "))
    require_job_id: bool = False
    max_body_bytes: int = Field(16 * 1024 * 1024, ge=1024)
    log_index: Literal["errors", "all", "none"] = "errors"
    max_document_bytes: int = Field(64 * 1024 * 1024, ge=1024)
    hand_over_lease_s: int = Field(60, ge=1)
    max_attempts: int = Field(3, ge=1)
    task_lease_s: int = Field(86400, ge=1)
    taskqueue_port: int = Field(0, ge=0, le=65535)
    longest_wait_s: int = Field(600, ge=0)
    live_connections: int = Field(1000, ge=0)

    expire_running_minutes: int = Field(30, ge=0)
    expire_queued_days: int = Field(14, ge=0)
    events_keep_days: int = Field(90, ge=0)
    nodes_keep_days: int = Field(180, ge=0)
    telemetry_keep_days: int = Field(14, ge=0)
    receipts_keep_days: int = Field(90, ge=0)
    subscriptions_keep_hours: int = Field(24, ge=0)
    durable_subscriptions_keep_days: int = Field(30, ge=0)
    list_items_keep_days: int = Field(30, ge=0)
    keep_alive_s: int = Field(45, ge=0, le=3600)
    events_source: str = ""
    webhooks_to_private: bool = False
    access_log: bool = False
    log_format: Literal["plain", "json"] = "plain"
    statsd_host: str = ""
    statsd_prefix: str = "paddles"
    sentry_dsn: str = Field("", repr=False)

    sched_host: ServerName = "127.0.0.1"
    sched_port: int = Field(3000, ge=1, le=65535)
    os_http_host: ServerName = "127.0.0.1"
    os_http_port: int = Field(8000, ge=1, le=65535)
    initrd_http_host: ServerName = "127.0.0.1"
    initrd_http_port: int = Field(8800, ge=1, le=65535)
    lab: str = "nolab"
    clusters_dir: Path | None = None
    job_token_key: str = Field("", repr=False)

    results_access: Access = "open"
    scheduler_access: Access = "open"
    kernelci_access: Access = "open"
    jobserv_access: Access = "open"

    jobserv_internal_api_key: str = Field("", repr=False)
    gavel_jwt_secret: str = Field("", repr=False)
    jobserv_secrets_keys: Annotated[tuple[SealingKey, ...], NoDecode] = Field((), repr=False)
    build_lease_s: int = Field(900, ge=30)
    hand_out_lease_s: int = Field(15, ge=1)
    pull_disk_free_bytes: int = Field(30_000_000_000, ge=0)
    machine_certificates_dir: Path | None = None
    surge_ratio: int = Field(3, ge=1)
    git_poll_interval_s: int = Field(90, ge=1)
    git_to_private: bool = False
    github_api_url: str = "https://api.github.com"
    gitlab_servers: Annotated[tuple[str, ...], NoDecode] = ("https://gitlab.com",)
    notification_emails: Annotated[tuple[str, ...], NoDecode] = ()
    log_max_bytes: int = Field(1024 * 1024 * 1024, ge=1024)
    jobserv_runner_file: Path | None = None
    jobserv_worker_file: Path | None = None
    jobserv_simulator_file: Path | None = None
    build_url_format: str = ""
    run_url_format: str = ""

    secret_key: str = Field("", repr=False)
    unified_secret: str = Field("", repr=False)
    access_token_expire_seconds: int = Field(315_360_000, ge=60, le=3_153_600_000)
    invite_token_expire_seconds: int = Field(604_800, ge=60, le=31_536_000)
    public_base_url: str = ""
    password_memory_kib: int = Field(19_456, ge=8, le=4_194_304)
    admin_user: str = ""
    admin_password: str = Field("", repr=False)
    admin_email: str = ""
    smtp_host: str = ""
    smtp_port: int = Field(25, ge=1, le=65535)
    email_sender: str = ""
    email_password: str = Field("", repr=False)

    @field_validator("known_suites", "jobserv_secrets_keys", "notification_emails", "gitlab_servers", mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            return json.loads(value)
        return [name.strip() for name in value.split(",") if name.strip()]

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"no time zone is called {name!r}") from None
        return name

    @field_validator("secret_key", "unified_secret")
    @classmethod
    def _long_enough(cls, key: str) -> str:
        if key and len(key.encode()) < SHORTEST_KEY:
            raise ValueError(f"must have at least {SHORTEST_KEY} bytes")
        return key

    @field_validator("job_log_href_templ")
    @classmethod
    def _template_formats(cls, template: str) -> str:
        try:
            template.format(run_name="run", job_id="1")
        except (LookupError, ValueError, AttributeError, TypeError):
            raise ValueError("may hold {run_name} and {job_id} and no other braces") from None
        return template

    @field_validator("statsd_host")
    @classmethod
    def _has_a_port(cls, place: str) -> str:
        try:
            _host_and_port(place)
        except ValueError:
            raise ValueError("must be a host, or host:port") from None
        return place

    @field_validator("database_url", "database_direct_url", "database_replica_url")
    @classmethod
    def _driver(cls, url: str) -> str:
        url = normalise(url)
        if url and not (url.startswith("postgresql+psycopg2://") and _parses(url)):
            raise ValueError("must be like postgresql://user:password@host/name, with %2F for a slash in a password")
        return url

    @property
    def statsd(self) -> tuple[str, int] | None:
        """Host and port of the statsd to count to, None for none."""
        return _host_and_port(self.statsd_host) if self.statsd_host else None

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which run names and reporters' log times are written."""
        return ZoneInfo(self.timezone)

    @property
    def exposed(self) -> list[str]:
        """The faces that anybody may change things by who reaches this machine: open ones, beyond its own programs."""
        if self.server_host in LOOPBACK or self.server_host.startswith("127."):
            return []
        return [name for name in ("results", "scheduler") if getattr(self, f"{name}_access") == "open"]

    @property
    def migrations_url(self) -> str:
        """The URL of the database itself, past any pooler; empty for the embedded one."""
        return self.database_direct_url or self.database_url

    @property
    def event_source(self) -> str:
        """What events name as their source."""
        return self.events_source or self.base_url

    @property
    def base_url(self) -> str:
        """The address that links begin with, without a trailing slash."""
        return (self.address or f"http://{self.server_host}:{self.server_port}").rstrip("/")


def _host_and_port(place: str) -> tuple[str, int]:
    parts = urlsplit(f"//{place}")
    if place and (not parts.hostname or parts.netloc != place):
        raise ValueError(place)
    return parts.hostname or "", parts.port or STATSD_PORT


def normalise(url: str) -> str:
    """Return ``url`` with the driver named: SQLAlchemy takes a bare ``postgresql://`` for another driver's."""
    scheme, colon, rest = url.strip().partition("://")
    return f"postgresql+psycopg2://{rest}" if colon and scheme in ("postgres", "postgresql") else url.strip()


def _parses(url: str) -> bool:
    """Say whether the parts of a URL are where they look to be; a slash in a password moves all of them."""
    try:
        return make_url(url).port != 0
    except (ArgumentError, ValueError):
        return False


def load(config: str | Path | Mapping[str, Any] | None = None, **overrides: Any) -> Settings:
    """Return the settings of this process.

    Args:
        config: a Pecan ``config.py``, its content as a dictionary, or None for defaults and environment alone.
        overrides: values that win over everything.

    Raises:
        Invalid: a setting has a value that it cannot have; the message names each.
    """
    merged: dict[str, Any] = {}
    for each in reversed(said(config)):
        merged |= each.values
    try:
        return Settings(**{**merged, **overrides})
    except ValidationError as error:
        faults = "; ".join(": ".join((*map(str, each["loc"]), each["msg"])) for each in error.errors())
        raise Invalid(f"bad settings: {faults}") from None


def said(config: str | Path | Mapping[str, Any] | None) -> list[Said]:
    """Return what says settings besides whoever starts the process, the strongest first. Raises Invalid."""
    found = EnvSettingsSource(Settings)()
    variables = [Said(f"PADDLES_{name.upper()}", {name: value}) for name, value in found.items()]
    return [*config_file.secret(SECRETS), *variables, *config_file.old_names(), *config_file.files(config)]
