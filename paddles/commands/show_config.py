"""``paddles config show``: what the settings are, and where each of them was said."""

import os
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from paddles import config_file
from paddles import settings as configuration
from paddles.commands.command import DONE, Command, complain
from paddles.commands.configuring import config_path
from paddles.settings import Settings

PASSWORD = re.compile(r"(://[^:/@]*):.*@")
HIDDEN = "***"
# Variables of services before this one that have nothing to say here, and why.
IDLE = {"KCING_DB": "what was fed is kept in the database of the service"}


class ShowConfig(Command):
    """Show the settings: each with its value and with where that was said. Secrets are not shown.

    Whatever says a setting, the first of these counts: a mounted secret, the environment, config_local.py beside
    config.py, config.py, the default.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"name": "action", "choices": ("show",), "help": "what to do"},
    )

    def execute(self, settings: Settings) -> int:
        """Show them."""
        where = origins(config_path(self.args))
        for name in sorted(Settings.model_fields):
            print(name, shown(name, getattr(settings, name)), where.get(name, "default"), sep="\t")
        warn()
        return DONE


def warn() -> None:
    """Say which variables are set that have nothing to say here."""
    for variable in filter(os.environ.get, IDLE):
        complain(f"{variable} is not used: {IDLE[variable]}")


def origins(path: str | None) -> dict[str, str]:
    """Return where each setting is said that is not at its default."""
    said = configuration.said({**config_file.read_config(path), config_file.FILE: path} if path else None)
    return {name: each.where for each in reversed(said) for name in each.values}


def shown(name: str, value: Any) -> str:
    """Return a value as people read it, without what nobody is to read."""
    if not Settings.model_fields[name].repr:
        return HIDDEN if value else ""
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str("none" if value is None else value)
    return PASSWORD.sub(rf"\1:{HIDDEN}@", text)
