"""What stands between addresses of the KernelCI face and answers nothing itself."""

from paddles.controllers.kernelci import face
from paddles.web.resource import Resource


class Folder(Resource):
    """A part of addresses that is none by itself."""

    face = face
