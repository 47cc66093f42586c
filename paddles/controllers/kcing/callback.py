"""``/callback/lava/test``: what labs say of their jobs, where KernelCI's backend had them say it."""

from dataclasses import replace
from typing import Any, ClassVar

from pydantic import BaseModel

from paddles import plain_json
from paddles.accounts.access import Principal
from paddles.controllers.kcing import taking
from paddles.controllers.kcing.taking import Problem, problem
from paddles.errors import Forbidden, Invalid, TooLarge, Unauthenticated
from paddles.ingest import intake, lava
from paddles.ingest.intake import Prepared
from paddles.web import body, query
from paddles.web.face import Call, Reply
from paddles.web.incoming import Incoming
from paddles.web.resource import Resource

face = replace(taking.face, name="callbacks", statuses={**taking.face.statuses, Unauthenticated: 403})
JSON = "application/json"
# What the definition of a job has to say of the kernel (kernelci-backend).
NEEDED = (
    *("device.type", "git.branch", "git.commit", "job.arch", "job.build_environment", "kernel.defconfig"),
    *("kernel.defconfig_full", "kernel.tree", "test.plan"),
)
NUMBERS = ("id", "status", "state", "health", "priority")


class CallbackQuery(query.Query):
    """From which lab a callback is."""

    lab_name: query.Text = ""


class Kept(BaseModel):
    """A callback was taken: ``href`` says what becomes of it."""

    href: str


def reporter(principal: Principal) -> Principal:
    """Return ``principal`` if it may report: a program with a grant to, or whoever may do everything.

    Raises:
        Forbidden: it is somebody else, or nobody.
    """
    if principal.scope != "report" and not principal.is_superuser:
        raise Forbidden("this takes the token of the lab")
    return principal


def prepared(content: bytes, lab: str, *, form: bool) -> Prepared:
    """Return a callback as it is kept.

    Raises:
        Malformed: it is no JSON object, or no form.
        Invalid: something is missing in it.
    """
    document = of_form(content) if form else plain_json.object_(content)
    found = intake.prepare_object("lava", document, lab)
    lava.check(document, () if lava.checks_health(document) else NEEDED)
    return found


def of_form(content: bytes) -> dict[str, Any]:
    """Return what the fields of a form stand for; of results LAVA then sends the names alone. Raises Malformed."""
    fields: dict[str, Any] = dict(body.form(content))
    return {
        name: int(value) if name in NUMBERS and value.isascii() and value.isdigit() and len(value) < 18 else value
        for name, value in fields.items()
    }


class NotHere(Resource):
    """A part of addresses that is none by itself."""

    face = face


class TestController(Resource):
    """``/callback/lava/test``"""

    face = face

    @face.endpoint(
        body=Incoming,
        query=CallbackQuery,
        answers={202: Kept, 415: Problem},
        refuses=(Forbidden, TooLarge),
        who=reporter,
    )
    def post(self, call: Call) -> Any:
        """Take a callback of LAVA, JSON or a form: 202 once it is on the disk; it is read afterwards.

        400 without a lab, or where something is missing in it; 403 where the token is not the lab's, 413, 415, 422.
        """
        lab, kind = call.query.lab_name.strip(), call.headers.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        if not lab:
            raise Invalid("lab_name: which lab is this from?")
        taking.speaks_for(call.principal, lab)
        # Whoever says nothing sends JSON: nothing of a job that LAVA tells of once is to be lost.
        if kind not in (JSON, body.FORM, ""):
            return Reply(415, problem(415, f"{JSON} and {body.FORM} are taken"))
        return taking.take(
            call,
            "lava",
            lab,
            lambda content: prepared(content, lab, form=body.filled_in(call.headers, content)),
            lambda received: Reply(202, {"href": received.href}),
        )

    @face.endpoint(needs_database=False, answers={501: Problem})
    def get_all(self, call: Call) -> Any:
        """Say that there is nothing to see: 501."""
        return _not_implemented()

    @face.endpoint(needs_database=False, answers={501: Problem})
    def put_all(self, call: Call) -> Any:
        """Say that callbacks are posted: 501."""
        return _not_implemented()

    @face.endpoint(needs_database=False, answers={501: Problem})
    def delete_all(self, call: Call) -> Any:
        """Say that nothing is deleted here: 501."""
        return _not_implemented()


def _not_implemented() -> Reply:
    return Reply(501, problem(501, "callbacks are posted here, and nothing else"))


class LavaFolder(NotHere):
    """``/callback/lava``"""

    words: ClassVar[dict[str, Resource]] = {"test": TestController()}


class CallbackFolder(NotHere):
    """``/callback``"""

    words: ClassVar[dict[str, Resource]] = {"lava": LavaFolder()}
