"""Pecan's ``config.py`` as plain values: what it defines, flattened to the names of settings."""

import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paddles.errors import Invalid


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
