"""The tables of users, groups and what goes with them."""

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from paddles.db.base import Model, counter, flag, id_, moment, text_


class User(Model):
    """A person or a service that speaks for itself.

    ``email_key`` is the address in lower case, since no two users have one that differs by case alone; ``password`` a
    hash. A token holds the ``generation`` of its user when it was made, and is worth nothing once that has moved on.
    """

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    username: Mapped[text_]
    email: Mapped[text_]
    email_key: Mapped[text_]
    password: Mapped[str] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=true())
    is_verified: Mapped[flag]
    is_superuser: Mapped[flag]
    generation: Mapped[counter]
    created: Mapped[moment]

    __table_args__ = (UniqueConstraint("username"), UniqueConstraint("email_key"))


class Group(Model):
    """A name that users have in common; what it allows is for those to say who ask for it."""

    __tablename__ = "groups"

    id: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    name: Mapped[text_]

    __table_args__ = (UniqueConstraint("name"),)


class Membership(Model):
    """A user is in a group."""

    __tablename__ = "memberships"

    user_id: Mapped[str] = mapped_column(
        Text(collation="C"), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    group_id: Mapped[str] = mapped_column(
        Text(collation="C"), ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True
    )

    __table_args__ = (Index(None, "group_id"),)


class Grant(Model):
    """What a program may that has a token of its own and is no user; of the token the SHA-256 digest is kept."""

    __tablename__ = "grants"

    name: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    scope: Mapped[text_]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    created: Mapped[moment]

    __table_args__ = (
        UniqueConstraint("digest"),
        CheckConstraint("scope IN ('read', 'report', 'machine')", name="scope"),
    )


class SigningKey(Model):
    """A secret that the service has made for itself, where the settings give none."""

    __tablename__ = "signing_keys"

    name: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    created: Mapped[moment]


class Attempt(Model):
    """How often somebody tried something since a moment: ``key`` says who and what."""

    __tablename__ = "attempts"

    key: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    since: Mapped[moment]
    n_made: Mapped[counter]

    __table_args__ = (Index(None, "since"),)


class Mail(Model):
    """A mail that is to be written and sent to an address, if there is a user for it: what it says is not kept.

    It waits until ``due``; sent, or when it could not be sent for long, it is gone. ``link`` is for an invitation. One
    of the kind ``notice`` is for whoever has the address, and has its ``subject`` and ``text`` with it.
    """

    __tablename__ = "mails"

    id: Mapped[id_]
    kind: Mapped[text_]
    recipient: Mapped[text_]
    link: Mapped[str] = mapped_column(Text, server_default="")
    subject: Mapped[str] = mapped_column(Text, server_default="")
    text: Mapped[str] = mapped_column(Text, server_default="")
    created: Mapped[moment]
    due: Mapped[moment]
    n_tries: Mapped[counter]

    __table_args__ = (
        Index(None, "due"),
        CheckConstraint(
            "kind IN ('verify', 'verified', 'reset', 'changed', 'invite', 'welcome', 'notice')", name="kind"
        ),
    )
