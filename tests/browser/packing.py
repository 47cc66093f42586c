"""Pictures of screens made small: few colours, each named by one byte (PNG, https://www.w3.org/TR/png-3/)."""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Bytes of a pixel by the kind of colour: RGB, RGB with how opaque it is.
CHANNELS = {2: 3, 6: 4}
MOST_COLOURS = 256


def packed(png: bytes) -> bytes:
    """Return a picture in its 256 most frequent colours; the others become the nearest of these."""
    width, height, _, kind = struct.unpack(">IIBB", png[16:26])
    channels = CHANNELS[kind]
    rows = list(_rows(zlib.decompress(b"".join(_parts(png, b"IDAT"))), width * channels, channels))
    pixels = [list(zip(*(row[at::channels] for at in range(3)), strict=True)) for row in rows]
    counted = Counter(pixel for row in pixels for pixel in row)
    colours = [colour for colour, _ in counted.most_common(MOST_COLOURS)]
    place = {colour: min(range(len(colours)), key=lambda at: _apart(colours[at], colour)) for colour in counted}
    content = b"".join(b"\0" + bytes(place[pixel] for pixel in row) for row in pixels)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    palette = bytes(value for colour in colours for value in colour)
    parts = ((b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(content, 9)), (b"IEND", b""))
    return SIGNATURE + b"".join(
        struct.pack(">I", len(said)) + name + said + struct.pack(">I", zlib.crc32(name + said)) for name, said in parts
    )


def _apart(one: Sequence[int], other: Sequence[int]) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _parts(png: bytes, wanted: bytes) -> Iterator[bytes]:
    at = len(SIGNATURE)
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == wanted:
            yield png[at + 8 : at + 8 + size]
        at += 12 + size


def _rows(content: bytes, width: int, channels: int) -> Iterator[bytes]:
    """Give rows as they are; they are stored as differences from what is left of them, above, or both."""
    above = bytearray(width)
    for start in range(0, len(content), width + 1):
        how, row = content[start], bytearray(content[start + 1 : start + 1 + width])
        for at in range(width):
            left = row[at - channels] if at >= channels else 0
            corner = above[at - channels] if at >= channels else 0
            row[at] = (
                row[at] + (0, left, above[at], (left + above[at]) // 2, _paeth(left, above[at], corner))[how]
            ) & 255
        above = row
        yield bytes(row)


def _paeth(left: int, above: int, corner: int) -> int:
    estimate = left + above - corner
    return min((left, above, corner), key=lambda each: abs(estimate - each))
