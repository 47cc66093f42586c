"""The task queue face: compass-ci's TaskQueue, by which its programs pass work to one another."""

from typing import Never

from paddles.web.face import Face

face = Face(error_body=lambda status, message: b"", name="taskqueue", error=Never, error_header="CCI-Error-Description")
