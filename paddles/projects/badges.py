"""Badges: a label and a word in an SVG of two boxes, for pages that show how something fares. Pure.

There is no script, no style and nothing to be fetched in it, so that it is shown wherever images are.
"""

import re
import unicodedata
from xml.sax.saxutils import escape

LONGEST = 80
# XML has no way to write these.
UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
COLOURS = {
    "pass": "#2e7d32",
    "promoted": "#1565c0",
    "fail": "#c62828",
    "failing": "#c62828",
    "running": "#a15c00",
    "queued": "#5f6368",
}
# Of a run, in the words that have colours.
OF_RUNS = {
    "finished pass": "pass",
    "finished fail": "fail",
    "finished dead": "fail",
    "running": "running",
    "waiting": "queued",
    "queued": "queued",
}
OTHERWISE = "#5f6368"
# Tenths of a pixel that letters take in a sans-serif of 11 pixels; the text is fitted to their sum in any font.
WIDTHS = {
    **dict.fromkeys("ijlI|!.,:;'` ", 40),
    **dict.fromkeys('frt()[]{}-/\\"', 48),
    **dict.fromkeys("mwMW%@", 105),
    **dict.fromkeys("ABCDEGHKNOPQRSTUVXYZ&+<=>#~_", 79),
}
OTHER_WIDTH, WIDE, MARGIN = 68, 120, 60
HEIGHT, BASELINE = 20, 14


def badge(label: str, message: str, status: str) -> str:
    """Return a badge that says ``label`` and, in the colour of ``status``, ``message``.

    What is longer than ``LONGEST`` characters ends in three dots.
    """
    label, message = _shown(label), _shown(message)
    left, right = (_width(text) + 2 * MARGIN for text in (label, message))
    said = escape(f"{label}: {message}", {'"': "&quot;"})
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_pixels(left + right)}" height="{HEIGHT}" role="img"'
        f' aria-label="{said}">',
        f"<title>{said}</title>",
        f'<rect width="{_pixels(left)}" height="{HEIGHT}" fill="#3c4043"/>',
        f'<rect x="{_pixels(left)}" width="{_pixels(right)}" height="{HEIGHT}"'
        f' fill="{COLOURS.get(status, OTHERWISE)}"/>',
        '<g fill="#ffffff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">',
        _text(label, 0),
        _text(message, left),
        "</g></svg>\n",
    ]
    return "".join(parts)


def _text(text: str, start: int) -> str:
    place = f'x="{_pixels(start + MARGIN)}" y="{BASELINE}" textLength="{_pixels(_width(text))}"'
    return f"<text {place}>{escape(text)}</text>" if text else ""


def _shown(text: str) -> str:
    plain = UNWRITABLE.sub("\ufffd", text[: LONGEST + 1])
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 3]}..."


def _width(text: str) -> int:
    return sum(map(_letter, text))


def _letter(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    wide = unicodedata.east_asian_width(letter) in ("W", "F")
    return WIDE if wide else WIDTHS.get(letter, OTHER_WIDTH)


def _pixels(tenths: int) -> str:
    return f"{tenths / 10:g}"
