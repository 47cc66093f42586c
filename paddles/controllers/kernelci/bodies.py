"""What clients of the KernelCI face send about users and groups."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field

from paddles.accounts import addresses
from paddles.controllers.node_queries import Boolean
from paddles.errors import Invalid
from paddles.web import body, query


def _address(text: str) -> str:
    try:
        return addresses.checked(text)
    except Invalid as error:
        raise ValueError(str(error)) from None


def _name(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("must be printable, without blanks around it")
    return text


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold a NUL character")
    return text


def _distinct(names: Sequence[str]) -> Sequence[str]:
    if len(set(names)) < len(names):
        raise ValueError("must not name a group twice")
    return names


Address = Annotated[str, AfterValidator(_address)]
Name = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_name)]
Password = Annotated[str, Field(min_length=1, max_length=1024), AfterValidator(_without_nul)]
Names = Annotated[list[Name], Field(max_length=1000), AfterValidator(_distinct)]


class Login(body.Form):
    """A name and its password."""

    username: query.Text
    password: Password


class UpdatePassword(Login):
    """A name, its password, and the one that is to take its place."""

    new_password: Password


class NewUser(BaseModel):
    """Who is to become a user."""

    username: Name
    email: Address
    password: Password
    groups: Names = []
    is_superuser: Boolean = False


class Recipient(BaseModel):
    """Whom to send mail to."""

    email: Address


class Token(BaseModel):
    """A token that a mail has brought."""

    token: query.Text


class NewPassword(Token):
    """A token that a mail has brought, and a password to set by it."""

    password: Password


class Acceptance(body.Fillable, NewPassword):
    """The token of an invitation, and the password that its user chooses."""


class OwnChanges(BaseModel):
    """What users may change about themselves; what they may not is ignored."""

    username: Name | None = None
    email: Address | None = None
    password: Password | None = None
    groups: Names | None = None


class Changes(OwnChanges):
    """What superusers may change about users."""

    is_active: Boolean | None = None
    is_verified: Boolean | None = None
    is_superuser: Boolean | None = None


class Invitation(body.Fillable):
    """Who is to be invited, and how they hear of it; in a form the groups are separated by commas."""

    username: Name
    email: Address
    groups: Names = Field(default_factory=list)
    is_superuser: Boolean = False
    send_email: Boolean = True
    return_token: Boolean = False
    resend_if_exists: Boolean = False

    @classmethod
    def of_form(cls, fields: Mapping[str, str]) -> Mapping[str, Any]:
        """Return the fields with the groups as a list."""
        named = [name.strip() for name in fields.get("groups", "").split(",")]
        return {**fields, "groups": [name for name in named if name]}


class NewGroup(BaseModel):
    """A group to make."""

    name: Name
