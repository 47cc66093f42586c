"""What says settings in other words: Pecan's ``config.py``, flattened, older variables, and a mounted secret."""

import os
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paddles.errors import Invalid

# Variables older than this service, for what they set; one that begins with PADDLES_ and the setting's name beats them.
OLD_NAMES = {
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
}


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


def values(config: str | Path | Mapping[str, Any] | None) -> dict[str, Any]:
    """Flatten a Pecan configuration: ``server = {"host": ...}`` is ``server_host``, ``sqlalchemy.url`` the database."""
    if config is None:
        return {}
    said = dict(config) if isinstance(config, Mapping) else read_config(config)
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


def old_names() -> dict[str, Any]:
    """Return the settings that variables of older names make."""
    found = {name: next(filter(None, map(os.environ.get, variables)), None) for name, variables in OLD_NAMES.items()}
    return {name: value for name, value in found.items() if value}


def secret(folder: Path) -> dict[str, Any]:
    """Return what a mounted secret file says of the database."""
    path = folder / "paddles_sqlalchemy_url"
    return {"database_url": path.read_text().strip()} if path.is_file() else {}
