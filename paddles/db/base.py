"""The declarative base, the constraint-naming rule and the column types every model shares."""

import datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, Boolean, DateTime, Identity, Integer, MetaData, Text, false, text
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import UserDefinedType

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

# Collation "C" compares code points: the same order on every system, and prefix searches use the plain index.
id_ = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
text_ = Annotated[str, mapped_column(Text(collation="C"))]
word = Annotated[str, mapped_column(Text(collation="C"), server_default="")]
moment = Annotated[datetime.datetime, mapped_column(DateTime(timezone=True))]
counter = Annotated[int, mapped_column(Integer, server_default=text("0"))]
flag = Annotated[bool, mapped_column(Boolean, server_default=false())]


class Model(DeclarativeBase):
    """What every table's class derives from."""

    metadata = MetaData(naming_convention=NAMING)


class JSONText(UserDefinedType[bytes]):
    """A ``json`` column, given as text and read as the bytes of it: key order kept, nothing parsed on the way."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the name of the type in DDL."""
        return "json"


class XID8(UserDefinedType[int]):
    """A PostgreSQL transaction id, read as ``int``."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the name of the type in DDL."""
        return "xid8"

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        """Turn the driver's text into a number."""
        return lambda value: None if value is None else int(value)
