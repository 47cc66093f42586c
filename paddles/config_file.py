"""What says settings, and where: Pecan's ``config.py`` and a local file beside it, older variables, a mounted secret.

The local file of ``config.py`` is ``config_local.py``: what one machine has differently. It may be missing.
"""

import os
import runpy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from paddles.errors import Invalid

# Variables older than this service, for what they set; one that begins with PADDLES_ and the setting's name beats them.
OLD_NAMES = {
    "address": ("KB_URL",),
    "database_url": ("PADDLES_SQLALCHEMY_URL", "DATABASE_URL"),
    "database_direct_url": ("DATABASE_DIRECT_URL",),
    "database_replica_url": ("DATABASE_REPLICA_URL",),
    "sched_host": ("SCHED_HOST",),
    "sched_port": ("SCHED_PORT",),
    "os_http_host": ("OS_HTTP_HOST",),
    "os_http_port": ("OS_HTTP_PORT",),
    "initrd_http_host": ("INITRD_HTTP_HOST",),
    "initrd_http_port": ("INITRD_HTTP_PORT",),
    "lab": ("LAB",),
    "sentry_dsn": ("SENTRY_DSN",),
    "keep_alive_s": ("KEEP_ALIVE_PERIOD",),
    "secret_key": ("SECRET_KEY",),
    "unified_secret": ("UNIFIED_SECRET",),
    "access_token_expire_seconds": ("ACCESS_TOKEN_EXPIRE_SECONDS",),
    "invite_token_expire_seconds": ("INVITE_TOKEN_EXPIRE_SECONDS",),
    "public_base_url": ("PUBLIC_BASE_URL",),
    "gavel_jwt_secret": ("GAVEL_JWT_SECRET",),
    "smtp_host": ("SMTP_HOST",),
    "smtp_port": ("SMTP_PORT",),
    "email_sender": ("EMAIL_SENDER",),
    "email_password": ("EMAIL_PASSWORD",),
    "admin_user": ("KCI_INITIAL_ADMIN_USERNAME",),
    "admin_password": ("KCI_INITIAL_PASSWORD",),
    "admin_email": ("KCI_INITIAL_ADMIN_EMAIL",),
    "feed_host": ("KCI_HOST",),
    "feed_scheme": ("KCI_SCHEME",),
    "feed_non_lava_lab": ("KCI_NON_LAVA_LAB",),
    "feed_lava_url": ("ES_LAVA",),
    "feed_build_url": ("ES_BUILD",),
    "feed_boot_url": ("ES_BOOT",),
    "feed_attempts": ("ES_MAX_RETRIES",),
    "feed_pause_s": ("ES_LOAD_INTERVAL",),
    "feed_batch": ("LS_PIPELINE_BATCH_SIZE",),
    "retain_days": ("DRP_DAYS",),
    "retain_raw_days": ("DRP_DAYS_RAW",),
}
# What Pecan calls the file that a configuration was read from.
FILE = "__file__"


class Said(NamedTuple):
    """What one place says of settings, by their names."""

    where: str
    values: Mapping[str, Any]


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


def files(config: str | Path | Mapping[str, Any] | None) -> list[Said]:
    """Return what a Pecan configuration says of settings, after what the local file beside it does.

    It is a file, or its content as a dictionary, which may say under ``__file__`` where it was read. It is flattened:
    ``server = {"host": ...}`` is ``server_host``, ``sqlalchemy.url`` the database.
    """
    if config is None:
        return []
    read, path = (config, config.get(FILE)) if isinstance(config, Mapping) else (read_config(config), config)
    own = Said(str(path or "the configuration"), _flat(read))
    local = path and local_file(path)
    return [Said(str(local), _flat(read_config(local))), own] if local else [own]


def logging_in(said: Sequence[Said]) -> Mapping[str, Any] | None:
    """Return what the strongest of several files says of logging, None where none does."""
    return next((each.values["logging"] for each in said if each.values.get("logging")), None)


def local_file(path: str | Path) -> Path | None:
    """Return the local file of a configuration file, None where there is none."""
    found = Path(path).with_name(f"{Path(path).stem}_local.py")
    return found if found.is_file() else None


def _flat(config: Mapping[str, Any]) -> dict[str, Any]:
    said = dict(config)
    server, sqlalchemy = (_table(said, name) for name in ("server", "sqlalchemy"))
    flat = {f"server_{name}": value for name, value in server.items()}
    if sqlalchemy.get("url"):
        flat["database_url"] = sqlalchemy["url"]
    return flat | {name: value for name, value in said.items() if value is not None}


def _table(said: dict[str, Any], name: str) -> Mapping[str, Any]:
    """Take a dictionary out of a configuration. Raises Invalid when it is something else."""
    table = said.pop(name, None)
    if table is not None and not isinstance(table, Mapping):
        raise Invalid(f"bad settings: {name}: must be a dictionary")
    return table or {}


def old_names() -> list[Said]:
    """Return the settings that variables of older names make, each variable for itself."""
    found = {name: next(filter(os.environ.get, variables), None) for name, variables in OLD_NAMES.items()}
    return [Said(variable, {name: os.environ[variable]}) for name, variable in found.items() if variable]


def secret(folder: Path) -> list[Said]:
    """Return what a mounted secret file says of the database."""
    path = folder / "paddles_sqlalchemy_url"
    return [Said(str(path), {"database_url": path.read_text().strip()})] if path.is_file() else []
