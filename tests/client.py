"""WebTest's client, sending what a real server would: the path as it was typed, and JSON without ceremony."""

from typing import Any

from webtest import TestApp, TestRequest


class Request(TestRequest):
    """A request that says how its path was written, as gunicorn does."""

    @classmethod
    def blank(cls, path: str, *args: Any, **kwargs: Any) -> "Request":
        """Make a request for ``path``, which stays escaped in ``RAW_URI``."""
        made = super().blank(path, *args, **kwargs)
        made.environ["RAW_URI"] = path
        return made


class Client(TestApp):
    """A client of the service. ``status=`` says what is expected; without it anything but 2xx and 3xx is an error."""

    RequestClass = Request

    def refused(self, method: str, path: str, status: int, body: Any = None, **headers: str) -> str:
        """Send a request, expect a refusal with ``status`` and return its message."""
        kwargs: dict[str, Any] = {"method": method, "headers": headers}
        if isinstance(body, bytes):
            kwargs["body"] = body
        elif body is not None:
            kwargs["json"] = body
        answer = self.request(path, status=status, **kwargs)
        assert answer.content_type == "application/json", answer.body
        return str(answer.json["message"])
