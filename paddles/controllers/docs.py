"""``/docs``: the description of the service as a page where each address can be tried; nothing comes from elsewhere."""

import functools
import gzip
from importlib import resources
from typing import ClassVar
from urllib.parse import urlsplit

import pecan
from webob import Response

from paddles.web.face import Context, Face
from paddles.web.resource import Resource

VIEWER = "static/rapidoc/rapidoc-min.js.gz"
VIEWER_VERSION = "9.3.8"
# The viewer writes its own styles; scripts are ours alone, and it talks to nobody but the service.
POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src *"
PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>paddles: the API</title>
<script type="module" src="{place}/docs/rapidoc.js"></script>
</head>
<body>
<rapi-doc spec-url="{place}/openapi.json" load-fonts="false" render-style="focused" show-header="false"
 allow-server-selection="false" allow-spec-file-load="false" allow-spec-url-load="false" schema-style="table"
 use-path-in-nav-bar="true" show-method-in-nav-bar="as-colored-text"
 regular-font="system-ui, sans-serif" mono-font="ui-monospace, monospace" sort-tags="true">
<noscript>This page needs JavaScript. The same is in <a href="{place}/openapi.json">openapi.json</a>.</noscript>
</rapi-doc>
</body>
</html>
"""


class Viewer(Resource):
    """``/docs/rapidoc.js``"""

    def __init__(self, face: Face) -> None:
        self.face = face  # type: ignore[misc]

    def get_all(self) -> Response:
        """Give the program of the page: 200, 304 to whoever has it."""
        response = Response(body=viewer(), content_type="text/javascript", charset="utf-8", conditional_response=True)
        response.etag = VIEWER_VERSION
        if "gzip" in pecan.request.headers.get("Accept-Encoding", ""):
            response.content_encoding = "gzip"
        else:
            response.body = gzip.decompress(viewer())
        response.vary = ["Accept-Encoding"]
        return response


class DocsController(Resource):
    """``/docs``"""

    words: ClassVar[dict[str, Resource]]

    def __init__(self, face: Face) -> None:
        self.face = face  # type: ignore[misc]
        self.words = {"rapidoc.js": Viewer(face)}  # type: ignore[misc]

    def get_all(self) -> Response:
        """Give the page: 200."""
        context: Context = pecan.request.environ["paddles.context"]
        # The service may stand below a path of its public address.
        place = urlsplit(context.settings.base_url).path.rstrip("/")
        response = Response(body=PAGE.format(place=place).encode(), content_type="text/html", charset="utf-8")
        response.headers["Content-Security-Policy"] = POLICY
        return response


@functools.cache
def viewer() -> bytes:
    """Return the viewer as it lies in the package, compressed."""
    return resources.files("paddles").joinpath(VIEWER).read_bytes()
