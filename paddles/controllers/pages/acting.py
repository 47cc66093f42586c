"""Actions: what people do on pages, in two steps.

The page of an action is a form that names what it is about and says what will be done: that is the first step, which a
link leads to. Sending the form is the second one, and does it, in one unit of work. Whoever may write to the API of
results may do it. Afterwards the page follows that somebody came from, with a sentence on what was done.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from paddles.controllers.pages import addresses, asking, cookies, csrf, face, frame
from paddles.web import pages, query
from paddles.web.body import Form
from paddles.web.face import Call
from paddles.web.pages import Page
from paddles.web.resource import Resource


def plain(value: str) -> str:
    """Return text that can be stored. Raises ValueError."""
    if "\0" in value:
        raise ValueError("must not hold a NUL character")
    return value


# What a field of a form holds: a name, or a line or two.
Short = Annotated[str, Field(max_length=2000), AfterValidator(plain)]


class ActionQuery(frame.PageQuery):
    """Where to go afterwards; forms are filled in with what else an address says."""

    next: query.Text = ""


class Sent(Form):
    """What each form of an action holds: that it is ours, and where to go afterwards."""

    csrf: Short = ""
    next: Short = ""


class ActionPage(Resource):
    """The page of an action: GET shows the form, POST does it."""

    face = face
    needs: ClassVar[str] = "report"
    needs_to_read: ClassVar[str] = "report"


def form(
    call: Call,
    title: str,
    *,
    says: tuple[str, ...],
    button: str = "",
    following: str = "/",
    kept: Mapping[str, str] | None = None,
    template: str = "pages/actions/confirm.html",
    **values: Any,
) -> Page:
    """Return the form of an action: what ``says`` will be done, in a sentence each, and a button that does it.

    ``following`` is where it leads back to where the address does not say that; ``kept`` are fields that nobody fills
    in, by their names. A form without a button says why there is nothing to do.
    ``crumbs`` are among the ``values``, as for every page; a template of its own has the fields that are filled in.
    """
    shown = frame.show(
        call,
        template,
        title=title,
        forms=(),
        says=says,
        button=button,
        kept=dict(kept or {}),
        next=addresses.local(call.query.next or following),
        **values,
    )
    return Page(shown.html, 200, {"Cache-Control": pages.SECRET}, shown.cookies)


def sender(call: Call) -> str:
    """Make sure that the form at hand comes from a page of ours, and return the name of who has sent it.

    Raises:
        Forbidden: it does not.
    """
    csrf.check(call.headers, call.settings, call.body.csrf)
    return asking.name(call.principal)


def done(call: Call, message: str, following: str = "", *, always: bool = False) -> Page:
    """Go on to the page that the form names, or else, or ``always``, to ``following``; it says what was done: 303."""
    to = addresses.local(following if always else call.body.next or following)
    said = cookies.tell(call.headers, call.settings, message)
    return Page("", 303, {"Location": pages.place(call.settings) + to, "Cache-Control": pages.SECRET}, (said,))
