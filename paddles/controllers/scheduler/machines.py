"""Which machine has which MAC address, and which queues it asks."""

from typing import Any

from paddles.boot.defaults import group_of
from paddles.controllers.scheduler import face, words
from paddles.errors import Invalid
from paddles.lab import asking, macs
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Resource


class MacQuery(query.Query):
    """A machine and its address."""

    hostname: query.Text | None = None
    mac: query.Text | None = None

    def address(self) -> str:
        """Return the address. Raises Invalid when there is none."""
        if not self.mac:
            raise Invalid("could not find required key: 'mac'")
        return macs.normal(self.mac)


class QueuesQuery(query.Query):
    """A machine and its queues, with commas between."""

    host: query.Text | None = None
    queues: query.Text | None = None


class SetMac(Resource):
    """``/set_host_mac``"""

    face = face
    needs = "machine"

    @face.endpoint(query=MacQuery, answers=str)
    def put_all(self, call: Call) -> Any:
        """Have a machine be known by an address, and nobody else any more: 200 ``Done``, 400."""
        name = words.machine(call.query.hostname, "hostname")
        macs.assign(call.session, call.query.address(), name, group_of(name))
        return words.DONE


class DeleteMac(Resource):
    """``/del_host_mac``"""

    face = face
    needs = "machine"

    @face.endpoint(query=MacQuery, answers=str)
    def put_all(self, call: Call) -> Any:
        """Have no machine be known by an address: 200 ``Done``, 400."""
        macs.forget(call.session, call.query.address())
        return words.DONE


class SetQueues(Resource):
    """``/set_host2queues``"""

    face = face
    needs = "machine"

    @face.endpoint(query=QueuesQuery, answers=str)
    def put_all(self, call: Call) -> Any:
        """Have a machine ask these queues and no others: 200 ``Done``, 400."""
        name = words.machine(call.query.host, "host")
        if not call.query.queues:
            raise Invalid("could not find required key: 'queues'")
        asking.set_queues(call.session, name, words.queues(call.query.queues, name))
        return words.DONE


class DeleteQueues(Resource):
    """``/del_host2queues``"""

    face = face
    needs = "machine"

    @face.endpoint(query=QueuesQuery, answers=str)
    def put_all(self, call: Call) -> Any:
        """Have a machine ask the queue of its group again: 200 ``Done``, 400."""
        name = words.machine(call.query.host, "host")
        asking.reset_queues(call.session, name, group_of(name))
        return words.DONE
