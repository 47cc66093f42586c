"""The results face: paddles' own API, spoken by teuthology (``results_server``), pulpito and pulpito-ng."""

from paddles.controllers.results.answers import Error
from paddles.errors import Conflict
from paddles.web.face import Face

# teuthology's reporter looks at the end of the message of a 400 for "already exists".
face = Face(
    error_body=lambda status, message: {"message": message}, statuses={Conflict: 400}, name="results", error=Error
)
