"""``/search``: what is called so, or says so; and ``/opensearch.xml``, by which browsers offer to look here."""

from dataclasses import asdict
from typing import Annotated, Any, Literal
from xml.etree import ElementTree

from pydantic import BaseModel, Field

from paddles.controllers.dashboard import face
from paddles.dashboards import finding
from paddles.web import answers, query
from paddles.web.endpoint import OpenSearch
from paddles.web.face import Call
from paddles.web.resource import Resource

NAMESPACE = "http://a9.com/-/spec/opensearch/1.1/"
# How long a browser may keep what it is told of searching, in seconds.
KEPT = {"Cache-Control": "public, max-age=86400"}


class SearchQuery(query.Query):
    """What is looked for."""

    q: query.Text = ""
    format: Literal["json", "html"] | None = None


class Hit(BaseModel):
    """Something that was found."""

    text: str
    href: str
    note: str


class Group(BaseModel):
    """What was found of one kind: the first few, how many there are, or where that is not ``exact``, more."""

    name: Literal[finding.NAMES]  # type: ignore[valid-type]
    title: str
    hits: list[Hit]
    count: Annotated[int, Field(ge=0)] | None
    exact: bool
    href: str | None


class Results(BaseModel):
    """What was found, and where to go where there is no doubt what is meant."""

    q: str
    jump: str | None
    groups: list[Group]


class SearchController(Resource):
    """``/search``"""

    face = face

    @face.endpoint(query=SearchQuery, answers=Results)
    def get_all(self, call: Call) -> Any:
        """Look for a name, a part of one, a revision, a job's id or words: 200, in groups; 400."""
        found = finding.find(call.session, call.query.q, finding.closed(call.settings))
        return {"q": call.query.q, **asdict(found)}


class OpenSearchController(Resource):
    """``/opensearch.xml``"""

    face = face
    needs_to_read = "enter"

    @face.endpoint(answers=OpenSearch, needs_database=False)
    def get_all(self, call: Call) -> Any:
        """Say how to look for something here: 200 with an OpenSearch description."""
        return answers.versioned(described(call.settings.base_url), KEPT)


def described(base: str) -> bytes:
    """Return how a service at that address is searched, for browsers."""
    ElementTree.register_namespace("", NAMESPACE)
    top = ElementTree.Element(f"{{{NAMESPACE}}}OpenSearchDescription")
    for name, said in (("ShortName", "paddles"), ("Description", "Runs, jobs, machines, failures and tests")):
        ElementTree.SubElement(top, f"{{{NAMESPACE}}}{name}").text = said
    ElementTree.SubElement(top, f"{{{NAMESPACE}}}InputEncoding").text = "UTF-8"
    template = {"type": "text/html", "template": f"{base}/search?q={{searchTerms}}"}
    ElementTree.SubElement(top, f"{{{NAMESPACE}}}Url", template)
    written: bytes = ElementTree.tostring(top, encoding="utf-8", xml_declaration=True)
    return written
