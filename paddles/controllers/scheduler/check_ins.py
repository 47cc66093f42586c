"""What machines and their hosts say of themselves, and what is known of them."""

import datetime
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Row

from paddles.controllers.scheduler import face, words
from paddles.errors import Invalid, NotFound, TooLarge
from paddles.lab import asking, check_ins, macs
from paddles.settings import Settings
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Resource

# For how many seconds a registration holds, by the kind of what is registered.
HELD_S = {"dc": 60, "vm": 60, "hw": 600}
ALIVE, REGISTER_AGAIN = 1000, 1001
# What is shown of the job that a machine runs.
OF_JOB = ("suite", "my_account", "result_root")


class RegisterQuery(query.Query):
    """A host that starts guests or containers, or a machine."""

    hostname: query.Text | None = None
    type: query.Text | None = None
    arch: query.Text | None = None
    owner: query.Text | None = None
    max_mem: query.Text | None = None
    is_remote: query.Text | None = None


class MachineQuery(query.Query):
    """A machine."""

    testbox: query.Text | None = None


class StateQuery(query.Query):
    """A machine, by its name or its address, and the state it is in."""

    tbox_name: query.Text | None = None
    tbox_state: query.Text | None = None
    mac: query.Text | None = None
    ip: query.Text | None = None
    job_id: query.Text | None = None


class Host(BaseModel):
    """A machine: what it is called, and what it has."""

    model_config = ConfigDict(extra="allow")

    hostname: str

    def said(self) -> dict[str, Any]:
        """Return what it says besides its name."""
        return dict(self.model_extra or {})


class Register(Resource):
    """``/register-host2redis``"""

    face = face
    needs = "machine"

    @face.endpoint(query=RegisterQuery, answers=str, refuses=(TooLarge,))
    def put_all(self, call: Call) -> Any:
        """Register a machine or a host for a minute, hardware for ten: 200 ``Done``, 400."""
        said = call.query.model_dump(exclude_none=True)
        held_s(call.query.type)
        check_ins.note(call.session, words.machine(said.pop("hostname", None), "hostname"), said, call.now)
        return words.DONE


class HeartBeat(Resource):
    """``/heart-beat``"""

    face = face
    needs = "machine"
    head = False

    @face.endpoint(query=RegisterQuery, writes=True, answers=dict[str, int])
    def get_all(self, call: Call) -> Any:
        """Hear that a machine lives: 200 with ``status_code`` 1000, or 1001 when it is to register again; 400."""
        since = call.now - datetime.timedelta(seconds=held_s(call.query.type))
        alive = check_ins.beat(call.session, words.machine(call.query.hostname, "hostname"), since, call.now)
        return {"status_code": ALIVE if alive else REGISTER_AGAIN}


class HostsController(Resource):
    """``/scheduler/v1/hosts/``: one machine."""

    face = face
    needs = "machine"

    @face.endpoint(answers=dict[str, Any])
    def get_one(self, hostname: str, call: Call) -> Any:
        """Show a machine, with what it said of itself and with its job: 200, 404."""
        return shown(check_ins.find(call.session, hostname), call.settings)

    @face.endpoint(body=Host, answers=str, refuses=(TooLarge,))
    def post_one(self, hostname: str, call: Call) -> Any:
        """Take what a machine says of itself: 200 ``Done``, 400 when it speaks of another, 413."""
        if call.body.hostname != hostname:
            raise Invalid("hostname must be that of the address")
        check_ins.note(call.session, words.machine(hostname, "hostname"), call.body.said(), call.now)
        return words.DONE


class TestboxController(Resource):
    """``/get_testbox``"""

    face = face
    needs = "machine"

    @face.endpoint(query=MachineQuery, answers=dict[str, Any], refuses=(NotFound,))
    def get_all(self, call: Call) -> Any:
        """Show a machine as ``/scheduler/v1/hosts/`` does: 200, 400, 404."""
        name = words.machine(call.query.testbox, "testbox")
        return shown(check_ins.find(call.session, name), call.settings)


class DeadlineController(Resource):
    """``/get_deadline``"""

    face = face
    needs = "machine"

    @face.endpoint(query=MachineQuery, answers=str, refuses=(NotFound,))
    def get_all(self, call: Call) -> Any:
        """Say until when a machine has its job: 200, 400, 404 when it has none."""
        name = words.machine(call.query.testbox, "testbox")
        found = check_ins.find(call.session, name)
        if found.expires is None:
            raise NotFound(f"{name} has no job")
        return words.moment(found.expires, call.settings) + "\n"


class StateController(Resource):
    """``lkp-wtmp``"""

    face = face
    needs = "machine"
    head = False

    @face.endpoint(query=StateQuery, writes=True, answers=str, refuses=(NotFound, TooLarge))
    def get_all(self, call: Call) -> Any:
        """Hear the state of a machine: 200 ``Done``, 400, 404 for an address that nobody has."""
        said = {name: value for name, value in call.query.model_dump().items() if value}
        name = said.pop("tbox_name", None) or owner_of(call, said.get("mac"))
        check_ins.note(call.session, words.machine(name, "tbox_name"), said, call.now)
        return words.DONE


def held_s(kind: str | None) -> int:
    """Return for how many seconds a registration of this kind holds. Raises Invalid."""
    if kind not in HELD_S:
        raise Invalid(f"type must be one of: {', '.join(HELD_S)}")
    return HELD_S[kind]


def owner_of(call: Call, mac: str | None) -> str | None:
    """Return the name of the machine with an address, None for no address. Raises NotFound, Invalid."""
    if not mac:
        return None
    found = asking.by_mac(call.session, macs.normal(mac), call.now)
    if found is None:
        raise NotFound("no machine has that mac")
    return str(found.name)


def shown(machine: Row[Any], settings: Settings) -> dict[str, Any]:
    """Return a machine of the wire."""
    known = {"arch": machine.arch} if machine.arch else {}
    answer = {
        **known,
        **words.public(orjson.loads(machine.document)),
        "hostname": machine.name,
        "queues": machine.queues,
        "mac_addr": [mac.replace("-", ":") for mac in machine.macs],
        "active_time": words.moment(machine.checked_in, settings) if machine.checked_in else None,
    }
    if machine.job_id is None:
        return answer
    job = orjson.loads(machine.job)
    times = {"boot_time": words.moment(machine.granted, settings), "deadline": words.moment(machine.expires, settings)}
    return answer | {name: job.get(name) for name in OF_JOB} | {"job_id": str(machine.job_id), **times}
