"""Where the addresses of the dashboard stand."""

from paddles.web.resource import Resource

AT_ROOT: dict[str, Resource] = {}
