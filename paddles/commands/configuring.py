"""Which configuration a command has: ``pecan`` is told a file, ``paddles`` finds one or has none."""

import argparse
import os

from paddles import config_file
from paddles import settings as configuration
from paddles.errors import Invalid
from paddles.logs import log_to, show
from paddles.settings import Settings

# Where `paddles` looks for a configuration when none is named.
PLACES = ("config.py", "/etc/paddles/config.py")


class Misuse(Exception):
    """The arguments do not make sense together, or the configuration none at all."""


def configure(args: argparse.Namespace) -> Settings:
    """Return the settings that a configuration file and the environment make, and log as the file says.

    Raises:
        Misuse: no file is named, it cannot be read, or a setting has a value that it cannot have.
    """
    path = config_path(args)
    try:
        values = {**config_file.read_config(path), config_file.FILE: path} if path else {}
        settings = configuration.load(values)
        log_to(config_file.logging_in(config_file.files(values)), settings.log_format)
        if "config" in args:
            show(args.log_filename, debug=args.debug)
    except Invalid as error:
        raise Misuse(str(error)) from None
    return settings


def config_path(args: argparse.Namespace) -> str | None:
    """Return the configuration file of a command, None where it has none, which is for ``paddles`` alone.

    Raises:
        Misuse: ``pecan`` was told no file, neither by an argument nor by PECAN_CONFIG.
    """
    # The option that every command of ``paddles`` has.
    if "config" in args:
        named = args.config or os.environ.get("PADDLES_CONFIG") or os.environ.get("PECAN_CONFIG")
        return named or next((place for place in PLACES if os.path.exists(place)), None)
    path: str | None = args.config_file or os.environ.get("PECAN_CONFIG")
    if not path:
        raise Misuse("no configuration file: name one, such as config.py, or set PECAN_CONFIG")
    return path
