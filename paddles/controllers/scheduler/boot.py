"""What a machine that boots asks: its next job, as a script or as parameters, and the archive of the job."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from sqlalchemy import Row

from paddles.boot import bundle, jobs, scripts
from paddles.boot.hosts import Hosts
from paddles.controllers.scheduler import face, words
from paddles.errors import Conflict
from paddles.lab import asking, macs
from paddles.web import query
from paddles.web.face import Call, File
from paddles.web.parking import Later
from paddles.web.resource import Resource

Render = Callable[[Mapping[str, Any], Hosts], Any]


class Asking(query.Query):
    """For how many seconds a machine is ready to wait for a job; 0: not at all."""

    timeout: query.Count = 0


def answer(call: Call, asked: Row[Any] | None, render: Render, nothing: Any) -> Any:
    """Give the machine that asks its next job and render it, or answer ``nothing``, as late as it is ready to wait."""
    where = words.hosts(call.settings)
    job = jobs.give(call.session, asked, call.now, where, max_attempts=call.settings.max_attempts)
    if job is not None:
        return render(job, where)
    return Later(nothing, min(call.query.timeout, call.settings.longest_wait_s))


class IPXEController(Resource):
    """``/boot.ipxe/mac/<mac>``"""

    face = face
    needs = "machine"
    head = False

    @face.endpoint(query=Asking, writes=True, answers=str)
    def get_one(self, mac: str, call: Call) -> Any:
        """Give the machine with this address its next job as an iPXE script, or one that has it ask again: 200."""
        asked = asking.by_mac(call.session, macs.normal(mac), call.now)
        return answer(call, asked, scripts.ipxe, scripts.NO_JOB_IPXE)


class GRUBController(Resource):
    """``/boot.grub/mac/<mac>``"""

    face = face
    needs = "machine"
    head = False

    @face.endpoint(query=Asking, writes=True, answers=str)
    def get_one(self, mac: str, call: Call) -> Any:
        """Give the machine with this address its next job as a GRUB script, or one that has it ask again: 200."""
        asked = asking.by_mac(call.session, macs.normal(mac), call.now)
        return answer(call, asked, scripts.grub, scripts.NO_JOB_GRUB)


class ContainerController(Resource):
    """``/boot.container/host/<name>`` and ``/boot.container/hostname/<name>``"""

    face = face
    needs = "machine"
    head = False

    @face.endpoint(query=Asking, writes=True, answers=dict[str, str])
    def get_one(self, name: str, call: Call) -> Any:
        """Give this machine its next job as image and archives of a container, or ``{}``: 200."""
        asked = jobs.asked_by_name(call.session, words.machine(name, "host"), call.now)
        return answer(call, asked, scripts.container, {})


class ArchiveController(Resource):
    """``/job_initrd_tmpfs/<id>/job.cgz``"""

    face = face
    needs_to_read = "machine"  # with its job's secrets

    @face.endpoint(answers=bytes, refuses=(Conflict,), fresh=True)
    def get_all(self, job_id: str, call: Call) -> Any:
        """Pack a job for its machine: 200, as often as asked; 404; 409 before a machine was given it."""
        where, key = words.hosts(call.settings), call.settings.job_token_key
        job = jobs.held(call.session, words.number(job_id), where, key)
        content = bundle.archive(job)
        return File(content, hashlib.sha256(content).hexdigest()[:32])


class Folder(Resource):
    """A part of an address that only leads on."""

    face = face


class IPXE(Folder):
    """``/boot.ipxe``"""

    words: ClassVar[dict[str, Resource]] = {"mac": IPXEController()}


class GRUB(Folder):
    """``/boot.grub``"""

    words: ClassVar[dict[str, Resource]] = {"mac": GRUBController()}


class Container(Folder):
    """``/boot.container``"""

    words: ClassVar[dict[str, Resource]] = {"host": ContainerController(), "hostname": ContainerController()}


class Archives(Folder):
    """``/job_initrd_tmpfs``"""

    nested: ClassVar[dict[str, Resource]] = {"job.cgz": ArchiveController()}
