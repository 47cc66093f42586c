"""``/static/``: what pages are made of."""

from webob import Response

from paddles.controllers.pages import plain
from paddles.web import assets
from paddles.web.resource import Resource


class StaticController(Resource):
    """A file by its name with the digest."""

    face = plain

    def get_one(self, name: str) -> Response:
        """Give a file: 200, for ever; 404."""
        return assets.answer(name)
