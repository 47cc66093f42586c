"""What a unit of work speaks to the database with."""

from sqlalchemy import Connection

# One connection, in the transaction of one unit of work (``db.work``). SQLAlchemy's own Session, which keeps objects
# and their state, costs as much again as the statements of a short unit of work and would have nothing to keep here.
Session = Connection
