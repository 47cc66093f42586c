"""WebTest's client, sending what a real server would: the path as it was typed, and JSON without ceremony."""

from typing import Any

from webtest import TestApp, TestRequest, TestResponse


class Request(TestRequest):
    """A request that says how its path was written, as gunicorn does."""

    @classmethod
    def blank(cls, path: str, *args: Any, **kwargs: Any) -> "Request":
        """Make a request for ``path``, which stays escaped in ``RAW_URI``."""
        made = super().blank(path, *args, **kwargs)
        made.environ.setdefault("RAW_URI", path)
        return made


class Client(TestApp):
    """A client of the service. ``status=`` says what is expected; without it anything but 2xx and 3xx is an error."""

    RequestClass = Request

    def send(self, method: str, path: str, body: Any = None, *, status: Any = None, **environ: Any) -> TestResponse:
        """Send a request, its body bytes as they are or a value as JSON, with ``environ`` put over the usual one."""
        kwargs: dict[str, Any] = {"method": method, "environ": environ}
        if isinstance(body, bytes):
            kwargs["body"] = body
        elif body is not None:
            kwargs["json"] = body
        return self.request(path, status=status, **kwargs)

    def refused(self, method: str, path: str, status: int, body: Any = None, **environ: Any) -> str:
        """Send a request as ``send`` does, expect a refusal with ``status`` and return its message."""
        answer = self.send(method, path, body, status=status, **environ)
        assert answer.content_type == "application/json", answer.body
        assert set(answer.json) == {"message"}, answer.body
        return str(answer.json["message"])
