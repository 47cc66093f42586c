"""Feeds in Atom (RFC 4287): entries, each with an id that stays, written as XML. Pure."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

NAMESPACE = "http://www.w3.org/2005/Atom"
# XML has no way to write these.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# When a feed changed in which nothing is.
NEVER = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Entry:
    """Something that happened, or changed at ``updated``: ``id`` and ``href`` are whole addresses."""

    id: str
    title: str
    updated: datetime.datetime
    href: str
    summary: str = ""
    author: str = ""


def written(address: str, title: str, entries: Sequence[Entry]) -> bytes:
    """Return a feed, which is found at ``address`` and called so ever after."""
    ElementTree.register_namespace("", NAMESPACE)
    top = ElementTree.Element(_named("feed"))
    changed = max((entry.updated for entry in entries), default=NEVER)
    _texts(top, {"id": address, "title": title, "updated": _moment(changed)})
    ElementTree.SubElement(top, _named("link"), {"rel": "self", "href": _plain(address)})
    _texts(ElementTree.SubElement(top, _named("author")), {"name": "paddles"})
    for entry in entries:
        _add(top, entry)
    made: bytes = ElementTree.tostring(top, encoding="utf-8", xml_declaration=True)
    return made


def _add(top: ElementTree.Element, entry: Entry) -> None:
    item = ElementTree.SubElement(top, _named("entry"))
    _texts(item, {"id": entry.id, "title": entry.title, "updated": _moment(entry.updated), "summary": entry.summary})
    ElementTree.SubElement(item, _named("link"), {"rel": "alternate", "href": _plain(entry.href)})
    if entry.author:
        _texts(ElementTree.SubElement(item, _named("author")), {"name": entry.author})


def _texts(above: ElementTree.Element, said: dict[str, str]) -> None:
    for name, text in said.items():
        ElementTree.SubElement(above, _named(name)).text = _plain(text)


def _named(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _plain(text: str) -> str:
    return UNWRITABLE.sub("\ufffd", text)


def _moment(value: datetime.datetime) -> str:
    return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
