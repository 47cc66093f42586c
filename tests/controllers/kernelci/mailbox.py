"""Mails as they are read where no mail server is named: in the log of the sweep."""

import datetime
import logging

import pytest

from paddles.db.engine import Database
from paddles.settings import Settings
from paddles.sweep import post


class Mailbox:
    """What was sent: each call sends what is due and returns it, as recipient, subject and text."""

    def __init__(self, database: Database, settings: Settings, log: pytest.LogCaptureFixture) -> None:
        self.database, self.settings, self.log = database, settings, log

    def read(self) -> list[tuple[str, str, str]]:
        """Send what is due now and return it."""
        self.log.clear()
        with self.log.at_level(logging.INFO, logger=post.__name__):
            post.send(self.database, self.settings, datetime.datetime.now(datetime.UTC))
        return [tuple(map(str, record.args or ())) for record in self.log.records]  # type: ignore[misc]

    def token(self) -> str:
        """Send what is due, which is one mail, and return the token in it."""
        ((_, _, text),) = self.read()
        (token,) = (line for line in text.splitlines() if line.count(".") == 2 and " " not in line)
        return token
