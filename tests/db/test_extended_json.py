"""Documents of dumps: Extended JSON in both of its forms, and what is refused of it."""

from typing import Any

import pytest

from paddles.db import extended_json
from paddles.errors import Invalid


@pytest.mark.parametrize(("line", "value"), [
    ('{"a": {"$oid": "65"}}', "65"),
    ('{"a": {"$date": "2024-01-02T03:04:05.678Z"}}', "2024-01-02T03:04:05.678Z"),
    ('{"a": {"$date": {"$numberLong": "1704164645678"}}}', "2024-01-02T03:04:05.678000+00:00"),
    ('{"a": {"$date": 1704164645678}}', "2024-01-02T03:04:05.678000+00:00"),
    ('{"a": {"$numberInt": "7"}}', 7),
    ('{"a": {"$numberLong": "-9223372036854775808"}}', -(2**63)),
    ('{"a": {"$numberDouble": "1.5"}}', 1.5),
    ('{"a": {"$numberDouble": "NaN"}}', None),
    ('{"a": [{"b": {"$oid": "65"}}]}', [{"b": "65"}]),
    ('{"a": {"$oid": "65", "b": 1}}', {"$oid": "65", "b": 1}),
    ('{"a": "\\\\u0000"}', "\\u0000"),
])  # fmt: skip
def test_what_stands_for_something_is_read_as_that(line: str, value: Any) -> None:
    """Ids are text, moments are ISO 8601; an object that only looks like one of them stays."""
    assert {"a": value} == extended_json.read(line.encode())


@pytest.mark.parametrize("line", [
    b"", b"{", b"[]", b"7", b"null", b'{"a": NaN}', b'{"a": "\xff"}', b'{"a": "\\u0000"}', b'{"\\u0000": 1}',
    b'{"a": {"b": ["\\u0000"]}}', b'{"a": {"$numberLong": "9223372036854775808"}}', b'{"a": {"$numberInt": "x"}}',
    b'{"a": {"$numberInt": null}}', b'{"a": {"$numberLong": "' + b"9" * 10_000 + b'"}}', b'{"a": {"$date": []}}',
    b'{"a": {"$date": 1e300}}', b'{"a": {"$date": {"$date": {}}}}', b'{"a": ' + b"[" * 300 + b"]" * 300 + b"}",
    b'{"a": ' + b"[" * 100_000, b'{"a": ' + b'{"$date": ' * 300 + b"1" + b"}" * 301,
], ids=range(20))  # fmt: skip
def test_what_cannot_be_stored_is_refused(line: bytes) -> None:
    """With a reason, however broken, deep or large it is."""
    with pytest.raises(Invalid):
        extended_json.read(line)
