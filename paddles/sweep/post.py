"""Mail sent: what is due is written, handed to the mail server, and forgotten; what was not taken is due again."""

import datetime
import logging
import smtplib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from sqlalchemy import Row

from paddles.accounts import letters, mails, recovery, users
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.lab import sweeps
from paddles.settings import Settings

log = logging.getLogger(__name__)

NAME = "mails"
BATCH = 20
TIMEOUT_S = 10
TLS_PORT = 465
# A token stays on the one line that it is written on: RFC 5322, section 2.1.1.
PLAIN = SMTP.clone(max_line_length=998)


@dataclass(frozen=True)
class Letter:
    """A mail as it is sent; ``id`` and ``created`` are what the database knows it by."""

    id: int
    created: datetime.datetime
    recipient: str
    subject: str
    text: str = field(repr=False)


def send(database: Database, settings: Settings, now: datetime.datetime) -> int:
    """Send the mails that are due, and return how many were done with. No transaction waits for the mail server."""
    total = 0
    while True:
        taken, written = transact(database, lambda session: _write(session, settings, now))
        sent = _deliver(settings, written, now)
        if sent:
            transact(database, lambda session, ids=sent: mails.done(session, ids))  # type: ignore[misc]
        total += len(sent)
        if taken < BATCH or len(sent) < len(written):
            return total


def _write(session: Session, settings: Settings, now: datetime.datetime) -> tuple[int, list[Letter]]:
    """Take what is due; return how many that were, and the letters to send. For the others there is nobody."""
    rows = mails.take(session, now, BATCH)
    written = [letter for row in rows if (letter := _letter(session, settings, row, now))]
    sending = {letter.id for letter in written}
    mails.done(session, [row.id for row in rows if row.id not in sending])
    sweeps.record(session, NAME, now, len(rows))
    return len(rows), written


def _letter(session: Session, settings: Settings, row: Row[Any], now: datetime.datetime) -> Letter | None:
    """Return a mail as it is sent, None where it is not to be sent (any more)."""
    if row.n_tries > mails.MOST_TRIES:
        log.warning("mail %d given up: no server took it", row.id)
        return None
    if row.kind == mails.NOTICE:
        return Letter(row.id, row.created, row.recipient, row.subject, row.text)
    user = users.by_email(session, row.recipient)
    if user is None or not recovery.wanted(row.kind, user):
        return None
    kind = recovery.BRINGS.get(row.kind)
    token = recovery.token(session, settings, kind, user, now) if kind else ""
    return Letter(row.id, row.created, user.email, *letters.written(row.kind, user.username, token, row.link))


def _deliver(settings: Settings, written: Sequence[Letter], now: datetime.datetime) -> list[int]:
    """Return the ids of the letters that the mail server took; without one they are printed to the log."""
    if not settings.smtp_host:
        for letter in written:
            log.warning("no smtp_host; mail to %s: %s\n\n%s", letter.recipient, letter.subject, letter.text)
        return [letter.id for letter in written]
    if not written:
        return []
    try:
        with _connected(settings) as server:
            return [letter.id for letter in written if _taken(server, _message(settings, letter, now), letter)]
    except (smtplib.SMTPException, OSError) as error:
        log.warning("%d mails not sent, to be tried again: %s", len(written), type(error).__name__)
        return []


def _connected(settings: Settings) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if settings.smtp_port == TLS_PORT:
        server: smtplib.SMTP = smtplib.SMTP_SSL(settings.smtp_host, TLS_PORT, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_S)
    try:
        if settings.smtp_port != TLS_PORT:
            _secure(server, settings, context)
        if settings.email_password:
            server.login(settings.email_sender, settings.email_password)
    except BaseException:
        server.close()
        raise
    return server


def _secure(server: smtplib.SMTP, settings: Settings, context: ssl.SSLContext) -> None:
    """Use TLS where it is offered. Without a password to keep, whoever could pose as the server could deny TLS too."""
    server.ehlo()
    if not settings.email_password:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if server.has_extn("starttls"):
        server.starttls(context=context)
        server.ehlo()
    elif settings.email_password:
        raise smtplib.SMTPNotSupportedError("no STARTTLS: the password is not sent")


def _taken(server: smtplib.SMTP, message: EmailMessage, letter: Letter) -> bool:
    try:
        server.send_message(message)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        log.warning("mail %d refused, to be tried again: %s", letter.id, type(error).__name__)
        return False
    log.info("mail %d sent", letter.id)
    return True


def _message(settings: Settings, letter: Letter, now: datetime.datetime) -> EmailMessage:
    message = EmailMessage(policy=PLAIN)
    message["From"] = settings.email_sender or f"paddles@{socket.getfqdn()}"
    message["To"] = letter.recipient
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    # The same however often it is sent: mail servers and readers know by it what they have already.
    domain = message["From"].addresses[0].domain or "localhost"
    message["Message-ID"] = f"<{letter.id}.{letter.created.timestamp():.6f}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message
