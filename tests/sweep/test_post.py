"""Mail: sent by whatever server there is, tried again when it is not, and given up at last."""

import datetime
import logging
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from sqlalchemy import text

from paddles.accounts import mails, users
from paddles.accounts.access import NOBODY
from paddles.accounts.users import NewUser
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.settings import Settings
from paddles.sweep import administrator, loop, post
from tests.conftest import NOW
from tests.units import at


class Sink(Message):
    """A mail server that takes everything but mail to ``refused``."""

    def __init__(self) -> None:
        super().__init__(EmailMessage)
        self.got: list[Any] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        """Take a recipient or not."""
        if address.startswith("refused"):
            return "550 no"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    def handle_message(self, message: Any) -> None:
        """Keep a mail."""
        self.got.append(message)


class AnyPort(Controller):
    """A mail server on a port that is free; it looks itself up there when it starts."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def sink() -> Iterator[tuple[Sink, int]]:
    """A mail server on a port of its own."""
    handler = Sink()
    controller = AnyPort(handler, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        yield handler, controller.port
    finally:
        controller.stop(no_assert=True)


def queue(database: Database, kind: str, *names: str) -> None:
    """Make users, and note a mail of a kind to each."""
    for name in names:
        new = NewUser(name, f"{name}@example.org", "hash")
        transact(database, lambda session, new=new: users.create(session, new, NOBODY, NOW))  # type: ignore[misc]
        transact(database, lambda session, to=new.email: mails.note(session, kind, to, NOW))  # type: ignore[misc]


def waiting(database: Database) -> int:
    """Return how many mails wait."""
    with Session(database.reader) as session:
        return int(session.scalar(text("SELECT count(*) FROM mails")) or 0)


def test_mail_is_handed_to_a_server(database: Database, settings: Settings, sink: tuple[Sink, int]) -> None:
    """Plainly, to one that asks for no password and offers no TLS; its token is on a line of its own."""
    handler, port = sink
    own = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": port, "email_sender": "lab@example.org"})
    queue(database, "verify", *[f"u{number}" for number in range(post.BATCH + 2)])

    assert post.BATCH + 2 == post.send(database, own, NOW)

    assert 0 == waiting(database)
    first = handler.got[0]
    assert ("lab@example.org", "u0@example.org") == (first["From"], first["To"])
    assert "auto-generated" == first["Auto-Submitted"]
    tokens = [line for line in first.get_payload().splitlines() if line.count(".") == 2 and " " not in line]
    assert 1 == len(tokens)


def test_what_is_refused_is_tried_again(database: Database, settings: Settings, sink: tuple[Sink, int]) -> None:
    """Later, and not the mails that were taken."""
    handler, port = sink
    own = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": port})
    queue(database, "welcome", "refused", "taken")

    assert (1, 0, 0) == tuple(post.send(database, own, moment) for moment in (NOW, at(5), at(31)))

    assert ["taken@example.org"] == [message["To"] for message in handler.got]
    assert 1 == waiting(database)


def test_a_server_that_is_away_keeps_nobody(database: Database, settings: Settings) -> None:
    """Mail waits; in the end, days later, it is given up."""
    away = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": 1})
    queue(database, "welcome", "ann")
    assert 0 == post.send(database, away, NOW)
    assert 1 == waiting(database)

    for hours in range(1, 2 * mails.MOST_TRIES):
        post.send(database, away, NOW + datetime.timedelta(hours=2 * hours))

    assert 0 == waiting(database)


def test_a_password_is_not_sent_in_the_clear(
    database: Database, settings: Settings, sink: tuple[Sink, int], caplog: pytest.LogCaptureFixture
) -> None:
    """Without TLS it stays here, the mail too, and neither is in the log."""
    said = {"smtp_host": "127.0.0.1", "smtp_port": sink[1], "email_sender": "lab@example.org", "email_password": "hush"}
    queue(database, "verify", "ann")

    with caplog.at_level(logging.DEBUG):
        assert 0 == post.send(database, settings.model_copy(update=said), NOW)

    assert [] == sink[0].got
    assert smtplib.SMTPNotSupportedError.__name__ in caplog.text
    assert "hush" not in caplog.text
    assert "eyJ" not in caplog.text


def test_the_sweep_sends_mail_and_makes_the_first_administrator(
    database: Database, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Among what is due; without a mail server mails are printed to the log."""
    queue(database, "verify", "ann")
    own = settings.model_copy(update={"admin_user": "root", "admin_password": "hush"})

    with caplog.at_level(logging.INFO):
        assert 2 == loop.once(database, own, NOW)

    assert "mail to ann@example.org: Verify your e-mail address" in caplog.text
    assert "hush" not in caplog.text
    with Session(database.reader) as session:
        root = users.by_name(session, "root")
    assert root is not None
    assert (True, True, "root@localhost") == (root.is_superuser, root.is_verified, root.email)


def test_one_administrator_is_made(database: Database, settings: Settings) -> None:
    """However often it is looked for; none where there is one, or the name is somebody's."""
    own = settings.model_copy(update={"admin_password": "hush"})
    queue(database, "welcome", "admin")
    assert 0 == administrator.ensure(database, own, NOW)

    other = own.model_copy(update={"admin_user": "root"})
    assert (1, 0) == (administrator.ensure(database, other, NOW), administrator.ensure(database, other, NOW))
    assert 0 == administrator.ensure(database, settings, NOW)
