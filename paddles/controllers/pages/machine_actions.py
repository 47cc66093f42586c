"""``/actions/lock``, ``/actions/unlock`` and ``/actions/mark``: who has machines, and whether one works."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from paddles.controllers.pages import acting, addresses, asking, face
from paddles.controllers.pages.acting import ActionPage, ActionQuery, Sent, Short
from paddles.errors import Conflict, Invalid
from paddles.events import actions
from paddles.lab import locks, machines, named_locks
from paddles.web import body, query
from paddles.web.endpoint import Html
from paddles.web.face import Call

Long = Annotated[str, Field(max_length=100_000), AfterValidator(acting.plain)]
Word = Annotated[str, Field(max_length=512), AfterValidator(acting.plain)]


class MachinesQuery(ActionQuery):
    """Which machines: ``machine`` once for each."""

    machine: tuple[query.Text, ...] = ()

    @classmethod
    def gathered(cls, pairs: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
        """Return the parameters by name, of machines all."""
        return {**dict(pairs), "machine": [value for name, value in pairs if name == "machine"]}


class Lock(Sent):
    """Which machines are locked, for whom and why; ``machines`` is a list of names in JSON."""

    machines: Long = "[]"
    owner: Word = ""
    description: Short = ""


class Unlock(Sent):
    """Which machines are unlocked: in JSON their names with who has each, and whether those of others are meant."""

    machines: Long = "{}"
    others: bool = False


class MarkQuery(ActionQuery):
    """Which machine is up, or is not."""

    machine: query.Text = ""
    up: query.Boolean = False


class Mark(Sent):
    """Which machine is up, or is not, and what is said of it."""

    machine: Short = ""
    up: bool
    description: Short = ""


class LockPage(ActionPage):
    """``/actions/lock``"""

    @face.endpoint(query=MachinesQuery, answers=Html, fresh=True)
    def get_all(self, call: Call) -> Any:
        """Show the form: 200, 404."""
        rows = named_locks.named(call.session, call.query.machine)
        held = [row for row in rows if row.locked]
        return acting.form(
            call,
            f"Lock {_called(rows)}",
            says=tuple(f"{row.name} is locked by {row.locked_by or 'nobody named'} already." for row in held),
            button="" if held else f"Lock {_called(rows)}",
            following=_page(rows),
            kept={"machines": json.dumps([row.name for row in rows])},
            template="pages/actions/lock.html",
            crumbs=_crumbs(rows),
            machines=rows,
            owner=call.principal.username,
        )

    @face.endpoint(body=Lock, answers=Html)
    def post(self, call: Call) -> Any:
        """Lock them, all or none: 303; 400, 403, 404, 409 when somebody has one of them."""
        by, said = acting.sender(call), call.body
        names = _names(said.machines)
        owner = call.principal.username or said.owner or asking.ANONYMOUS
        named_locks.take(call.session, names, owner, said.description or None, call.now)
        for name in names:
            more = {"machine": name, "owner": owner, "description": said.description}
            actions.note(call.session, "machine.locked", f"nodes/{name}", by, **more)
        return acting.done(call, f"Locked for {owner}: {', '.join(names)}.", "/nodes/")


class UnlockPage(ActionPage):
    """``/actions/unlock``"""

    @face.endpoint(query=MachinesQuery, answers=Html, fresh=True)
    def get_all(self, call: Call) -> Any:
        """Show the form, which names who has the machines: 200, 404."""
        rows = named_locks.named(call.session, call.query.machine)
        free = [row for row in rows if not row.locked]
        return acting.form(
            call,
            f"Unlock {_called(rows)}",
            says=tuple(f"{row.name} is not locked." for row in free),
            button="" if free else f"Unlock {_called(rows)}",
            following=_page(rows),
            kept={"machines": json.dumps({row.name: row.locked_by or "" for row in rows})},
            template="pages/actions/unlock.html",
            crumbs=_crumbs(rows),
            machines=rows,
            others=[row for row in rows if row.locked and row.locked_by != call.principal.username],
        )

    @face.endpoint(body=Unlock, answers=Html)
    def post(self, call: Call) -> Any:
        """Unlock them, all or none: 303; 400, 403, 404, 409 when one is not held by whom the form names."""
        by, said = acting.sender(call), call.body
        held = _held(said.machines)
        theirs = [f"{name} by {who or 'nobody named'}" for name, who in held.items() if who != call.principal.username]
        if theirs and not said.others:
            raise Conflict(f"others have locked {', '.join(theirs)}: say that these are meant, too")
        named_locks.release(call.session, held, by)
        for name, who in held.items():
            actions.note(call.session, "machine.unlocked", f"nodes/{name}", by, machine=name, owner=who)
        return acting.done(call, f"Unlocked: {', '.join(held)}.", "/nodes/")


class MarkPage(ActionPage):
    """``/actions/mark``"""

    @face.endpoint(query=MarkQuery, answers=Html, fresh=True)
    def get_all(self, call: Call) -> Any:
        """Show the form: 200, 404."""
        row = machines.find(call.session, call.query.machine)
        word, same = _word(call.query.up), row.up is call.query.up
        jobs = "It may be locked and given jobs then." if call.query.up else "It is not locked for anybody new then."
        return acting.form(
            call,
            f"Mark {row.name} {word}",
            says=(f"{row.name} is {word} already." if same else jobs,),
            button="" if same else f"Mark {row.name} {word}",
            following=_page([row]),
            kept={"machine": row.name, "up": "1" if call.query.up else "0"},
            template="pages/actions/mark.html",
            crumbs=_crumbs([row]),
            machine=row,
        )

    @face.endpoint(body=Mark, answers=Html)
    def post(self, call: Call) -> Any:
        """Mark it: 303; 400, 403, 404, 409 when it is marked so already."""
        by, said = acting.sender(call), call.body
        found = machines.locked_rows(call.session, [said.machine])
        if found and found[0].up is said.up:
            raise Conflict(f"{said.machine} is {_word(said.up)} already")
        fields = {"up": said.up, "description": said.description}
        locks.update(call.session, said.machine, fields, call.now, missing=f"there is no machine {said.machine}")
        more = {"machine": said.machine, **fields}
        actions.note(call.session, f"machine.{_word(said.up)}", f"nodes/{said.machine}", by, **more)
        to = addresses.path("nodes", said.machine)
        return acting.done(call, f"{said.machine} is {_word(said.up)}.", to)


def _names(said: str) -> list[str]:
    """Return the machines that a form names as a list in JSON. Raises Invalid."""
    found = body.decode(said.encode())
    if not isinstance(found, list):
        raise Invalid("machines must be a list of names")
    return list(dict.fromkeys(_words(found)))


def _held(said: str) -> dict[str, str]:
    """Return who has the machines that a form names, by their names, as an object in JSON. Raises Invalid."""
    found = body.decode(said.encode())
    if not isinstance(found, dict):
        raise Invalid("machines must be an object of names")
    return dict(zip(found, _words([*found.values()]), strict=True))


def _words(found: Sequence[Any]) -> Sequence[str]:
    if not all(isinstance(each, str) for each in found):
        raise Invalid("machines must be names")
    if len(found) > named_locks.MOST:
        raise Invalid(f"at most {named_locks.MOST} machines at once")
    return found


def _word(up: bool) -> str:
    return "up" if up else "down"


def _called(rows: Sequence[Any]) -> str:
    return str(rows[0].name) if len(rows) == 1 else f"{len(rows)} machines"


def _page(rows: Sequence[Any]) -> str:
    return addresses.path("nodes", rows[0].name) if len(rows) == 1 else "/nodes/"


def _crumbs(rows: Sequence[Any]) -> tuple[tuple[str, str], ...]:
    one = ((rows[0].name, _page(rows)),) if len(rows) == 1 else ()
    return (("Machines", "/nodes/"), *one)
