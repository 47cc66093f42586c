"""The little of Markdown that people write on dashboards, as HTML in which everything else is escaped. Pure.

Paragraphs, lists of ``-`` or ``*``, headings of ``#``, and in them ``**strong**``, ``*emphasis*``, ``` `code` ``` and
``[words](address)``, which is a link only where the address is one of the web or of this service. HTML is text.
"""

import re

from markupsafe import Markup, escape

from paddles.web import page_words

# Code comes first: nothing in it means anything. No part can be matched in more than one way, however it is written.
INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`|\[(?P<word>[^\[\]\n]+)\]\((?P<to>[^()\s]+)\)"
    r"|\*\*(?P<strong>[^*\n]+)\*\*|\*(?P<em>[^*\n]+)\*"
)
MARKED = {
    "code": Markup("<code>{}</code>"),
    "strong": Markup("<strong>{}</strong>"),
    "em": Markup("<em>{}</em>"),
}
ITEM = re.compile(r"\s{0,3}[-*]\s+(.*)")
HEADING = re.compile(r"#{1,6}\s+(.*)")


def html(text: str, place: str = "") -> Markup:
    """Return text in Markdown as HTML; addresses of this service begin with ``place``."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return Markup("\n").join(_block(block.split("\n"), place) for block in blocks if block)


def _block(lines: list[str], place: str) -> Markup:
    items = [ITEM.fullmatch(line) for line in lines]
    if all(items):
        inside = Markup("").join(Markup("<li>{}</li>").format(_inline(item[1], place)) for item in items if item)
        return Markup("<ul>{}</ul>").format(inside)
    heading = HEADING.fullmatch(lines[0])
    if heading:
        rest = _block(lines[1:], place) if lines[1:] else Markup("")
        return Markup("<p><strong>{}</strong></p>{}").format(_inline(heading[1], place), rest)
    return Markup("<p>{}</p>").format(Markup("<br>").join(_inline(line, place) for line in lines))


def _inline(text: str, place: str) -> Markup:
    found, at = Markup(""), 0
    for match in INLINE.finditer(text):
        found += escape(text[at : match.start()]) + _marked(match, place)
        at = match.end()
    return found + escape(text[at:])


def _marked(match: re.Match[str], place: str) -> Markup:
    kind = match.lastgroup or ""
    if kind == "to":
        to = page_words.web(match["to"])
        if not to:
            return escape(match[0])
        return Markup('<a href="{}">{}</a>').format(place + to if to.startswith("/") else to, match["word"])
    return MARKED[kind].format(match[kind])
