"""The scheduler face: compass-ci's API, spoken by lkp-tests' clients, by booting machines and by what starts guests."""

from pydantic import BaseModel

from paddles.web.face import Face


class Refusal(BaseModel):
    """What went wrong."""

    message: str


face = Face(error_body=lambda status, message: {"message": message}, name="scheduler", error=Refusal)
