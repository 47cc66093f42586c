"""The table of what was done to the schema itself."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from paddles.db.base import Model, moment


class Migration(Model):
    """A migration that this database has had, since it writes them down."""

    __tablename__ = "migrations"

    revision: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    applied: Mapped[moment]
