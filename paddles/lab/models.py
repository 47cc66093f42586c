"""The tables of machines, queues and leases."""

from sqlalchemy import ARRAY, BigInteger, Boolean, ForeignKey, Index, Integer, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from paddles.db.base import JSONText, Model, flag, id_, moment, text_, word


class Machine(Model):
    """What executes jobs. A person may hold a lock on it; ``up`` is None while nobody said whether it works.

    ``queues`` are the names of those that it asks for work; with none it asks for the work of its group. ``document``
    is what it, or what starts it, said of it, ``checked_in`` when it last did.
    """

    __tablename__ = "machines"

    id: Mapped[id_]
    name: Mapped[text_]
    description: Mapped[str | None] = mapped_column(Text)
    up: Mapped[bool | None] = mapped_column(Boolean)
    machine_type: Mapped[str | None] = mapped_column(Text(collation="C"))
    arch: Mapped[str | None] = mapped_column(Text(collation="C"))
    os_type: Mapped[str | None] = mapped_column(Text(collation="C"))
    os_version: Mapped[str | None] = mapped_column(Text(collation="C"))
    is_vm: Mapped[flag]
    vm_host_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("machines.id", ondelete="SET NULL"))
    locked: Mapped[flag]
    locked_by: Mapped[str | None] = mapped_column(Text(collation="C"))
    locked_since: Mapped[moment | None]
    mac: Mapped[str | None] = mapped_column(Text(collation="C"))
    ssh_pub_key: Mapped[str | None] = mapped_column(Text)
    queues: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    checked_in: Mapped[moment | None]
    document: Mapped[bytes] = mapped_column(JSONText, server_default=text("'{}'"))

    __table_args__ = (
        UniqueConstraint("name"),
        Index(None, "machine_type", "name"),
        Index(None, "vm_host_id"),
        Index("ix_machines_locked_by", "locked_by", postgresql_where=text("locked")),
        Index("ix_machines_free", "machine_type", "id", postgresql_where=text("up AND NOT locked")),
    )


class Mac(Model):
    """A MAC address, by which a machine that boots is known. A machine has several, an address one machine."""

    __tablename__ = "macs"

    mac: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    machine_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("machines.id", ondelete="CASCADE"))

    __table_args__ = (Index(None, "machine_id"),)


class Queue(Model):
    """Where queued jobs wait; nothing is handed out of it until ``paused_until`` has passed.

    ``served`` is when a machine was last given a job of it: users of one queue take turns by that (``lab.turns``).
    With a ``pattern``, a regular expression, it is open to every machine that has a tag, or a name, which matches.
    """

    __tablename__ = "queues"

    id: Mapped[id_]
    name: Mapped[text_]
    paused_by: Mapped[str | None] = mapped_column(Text(collation="C"))
    paused_since: Mapped[moment | None]
    paused_until: Mapped[moment | None]
    served: Mapped[moment | None]
    pattern: Mapped[str | None] = mapped_column(Text(collation="C"))

    __table_args__ = (
        UniqueConstraint("name"),
        Index("ix_queues_pattern", "id", postgresql_where=text("pattern IS NOT NULL")),
    )


class Lease(Model):
    """The right of one machine to execute one job until ``expires``; the row outlives it as history.

    ``machine_id`` is None for a job handed to a dispatcher that did not say for which machine it asks, and when the
    machine was deleted: the lease then lasts until it expires. ``heard`` is when the holder first said something of the
    job. ``digest`` is that of the token by which the holder of a job that was pulled shows who it is.
    """

    __tablename__ = "leases"

    id: Mapped[id_]
    job_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("jobs.id", ondelete="CASCADE"))
    machine_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("machines.id", ondelete="SET NULL"))
    granted: Mapped[moment]
    expires: Mapped[moment]
    heard: Mapped[moment | None]
    ended: Mapped[moment | None]
    outcome: Mapped[str | None] = mapped_column(Text)
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        Index("uq_leases_live_job", "job_id", unique=True, postgresql_where=text("ended IS NULL")),
        Index("ix_leases_expires", "expires", postgresql_where=text("ended IS NULL")),
        Index("ix_leases_live_machine", "machine_id", postgresql_where=text("ended IS NULL")),
        Index("ix_leases_live_digest", "digest", postgresql_where=text("ended IS NULL AND digest IS NOT NULL")),
        Index(None, "job_id"),
        Index(None, "machine_id"),
    )


class Puller(Model):
    """What a machine is besides when it pulls its work: it shows a key, of which ``digest`` is kept, and asks for jobs.

    It is given none until it is ``enlisted``, and none any more once it was ``removed``. ``tags`` are what it can do,
    ``concurrency`` how many jobs at once. One that is kept for surges is ``surges_only``. ``idle`` is since when it
    has said that nothing runs on it; ``signed`` is true of one that shows signed tokens, whose tags a certificate
    limits. ``figures`` is what it last said of its memory, disk and load.
    """

    __tablename__ = "pullers"

    machine_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("machines.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    signed: Mapped[flag]
    enlisted: Mapped[flag]
    removed: Mapped[moment | None]
    surges_only: Mapped[flag]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    concurrency: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    distro: Mapped[word]
    cpu_type: Mapped[word]
    cpu_total: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    mem_total: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    idle: Mapped[moment | None]
    figures: Mapped[bytes] = mapped_column(JSONText, server_default=text("'{}'"))


class Wait(Model):
    """A job waits for another, of which it says what has to be so; gone when it is, or when there is no such job."""

    __tablename__ = "waits"

    job_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    for_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)

    __table_args__ = (Index(None, "for_id"),)


class Repeat(Model):
    """How many jobs that limit it were submitted with the same parameters, which ``params`` is the digest of."""

    __tablename__ = "repeats"

    params: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    n: Mapped[int] = mapped_column(Integer)


class Member(Model):
    """A job that runs together with others, each on a machine of its own; they share the number of the first.

    ``state`` is how far it said that it is, ``said`` what the others are to know of it.
    """

    __tablename__ = "members"

    job_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    cluster_id: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[word]
    said: Mapped[bytes] = mapped_column(JSONText, server_default=text("'{}'"))

    __table_args__ = (Index(None, "cluster_id"),)


class Sweep(Model):
    """A task of the sweep: the moment of its last round, and how many rows it ever handled."""

    __tablename__ = "sweeps"

    task: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    at: Mapped[moment]
    handled: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
