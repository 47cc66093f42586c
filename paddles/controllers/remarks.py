"""What people say of a regression, as JSON and in forms."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictStr

LONGEST_WORD, LONGEST_NOTE = 512, 10_000
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
SCHEME = re.compile(r"(?i)([a-z][a-z0-9+.-]*):")


def _line(value: str) -> str:
    if CONTROL.search(value):
        raise ValueError("must be one line of text")
    return value.strip()


def _issue(value: str) -> str:
    found = SCHEME.match(_line(value))
    if found and found[1].lower() not in ("http", "https"):
        raise ValueError("must be a link of http or https, or a name")
    return value.strip()


def _note(value: str) -> str:
    if "\0" in value:
        raise ValueError("a NUL character cannot be stored")
    return value


Line = Annotated[StrictStr, Field(max_length=LONGEST_WORD), AfterValidator(_line)]


class Remarks(BaseModel):
    """What people say of a regression; what is not there, or null, stays as it is, and blank takes it back."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    owner: Line | None = None
    note: Annotated[StrictStr, Field(max_length=LONGEST_NOTE), AfterValidator(_note)] | None = None
    issue: Annotated[StrictStr, Field(max_length=LONGEST_WORD), AfterValidator(_issue)] | None = None
