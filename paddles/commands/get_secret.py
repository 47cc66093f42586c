"""``pecan get_secret``: where the database is, for scripts."""

import argparse
import os
import sys
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from pecan.commands.base import BaseCommand

from paddles import settings
from paddles.commands.command import DONE, end_with
from paddles.db import embedded
from paddles.db.layout import NAME, PORT, Layout

SECRET = "paddles_sqlalchemy_url"  # noqa: S105 - where it is kept, not what it is


class GetSecret(BaseCommand):  # type: ignore[misc]
    """Print the database URL: of the mounted secret, else of the environment, else that of the embedded server

    The secret is /run/secrets/paddles_sqlalchemy_url, the variable PADDLES_SQLALCHEMY_URL (or PADDLES_DATABASE_URL or
    DATABASE_URL). No newline is printed behind it, no configuration file is read and no server is started.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = ()

    def run(self, args: argparse.Namespace) -> None:
        """Print it."""
        super().run(args)
        end_with(self._execute)

    def _execute(self) -> int:
        sys.stdout.write(_mounted() or os.environ.get(SECRET.upper(), "").strip() or _configured())
        return DONE


def _mounted() -> str:
    try:
        return (settings.SECRETS / SECRET).read_text().strip()
    except FileNotFoundError:
        return ""


def _configured() -> str:
    known = settings.load()
    if known.database_url:
        return known.database_url
    layout = Layout((known.home or embedded.default_home()).resolve())
    return f"postgresql+psycopg2://{NAME}@/{NAME}?host={quote(str(layout.sockets), safe='/')}&port={PORT}"
