"""The table of the set of dashboards."""

from sqlalchemy import CheckConstraint, Integer
from sqlalchemy.orm import Mapped, mapped_column

from paddles.db.base import JSONText, Model, moment


class DashboardSet(Model):
    """The one set of dashboards that is shown instead of what comes with the service, as it is written in a file."""

    __tablename__ = "dashboard_sets"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    document: Mapped[bytes] = mapped_column(JSONText)
    changed: Mapped[moment]

    __table_args__ = (CheckConstraint("id = 1", name="one"),)
