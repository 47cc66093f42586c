"""Which values of a job may enter a boot script. iPXE and GRUB run whatever stands on a line, so the rule is narrow."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from paddles.errors import Invalid

# The fields that enter scripts as one value each, and those that are lists of kernel parameters.
FIELDS = ("os", "os_arch", "os_version", "os_dir", "lkp_initrd_user", "kernel_append_root", "docker_image")
PARAMETERS = ("boot_params", "kernel_custom_params")

LONGEST = 255
# A kernel keeps 2,048 characters of its command line; what the service writes itself fits into the rest.
LONGEST_PARAMETERS = 1024

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@=:,/-]*")
ROOT = re.compile(r"[A-Za-z0-9/][A-Za-z0-9._+@=:,/-]*")
# Paths also begin after the separators of kernel parameters and of host:path.
SEPARATOR = re.compile(r"[/:=,@+]")
MACHINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]*")
SUITE = re.compile(r"(?!\.{1,2}\Z)[^\s/\x00-\x1f\x7f-\x9f]+")
PREFIX = re.compile(r"bp[0-9]*_")


def checked(name: str, value: Any) -> str:
    """Return the value of the field ``name`` as a script shows it.

    Letters, digits and ``._+@=:,/-``, the first one a letter or a digit (for ``kernel_append_root`` a slash as well),
    no ``..`` as a part of a path, fewer than 256 characters. A number is taken for its text.

    Raises:
        Invalid: the value is anything else; the message names the field.
    """
    text = _text(name, value)
    if len(text) > LONGEST:
        raise Invalid(f"{name} must be shorter than {LONGEST + 1} characters")
    if not (ROOT if name == "kernel_append_root" else PLAIN).fullmatch(text):
        raise Invalid(f"{name} may hold letters, digits and ._+@=:,/- only, and begins with a letter or digit")
    if ".." in text and ".." in SEPARATOR.split(text):
        raise Invalid(f"{name} may not climb with ..")
    return text


def machine_name(name: str, value: Any) -> str:
    """Return the name of a machine or of a class of machines, the field being ``name``. Raises Invalid."""
    if not isinstance(value, str) or len(value) > LONGEST or not MACHINE.fullmatch(value):
        raise Invalid(f"{name} must be a name of letters, digits and ._~- that begins with a letter or digit")
    return value


def suite_name(value: Any) -> str:
    """Return the name of a suite, which is a part of paths: no slash, blank or control character. Raises Invalid."""
    if not isinstance(value, str) or len(value) > LONGEST or not SUITE.fullmatch(value):
        raise Invalid("suite must be a name without slashes, blanks and control characters")
    return value


def parameters(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the further kernel parameters that a job asks for, ``boot_params`` before ``kernel_custom_params``.

    Each is a string, which is one parameter, a list of such, or a mapping of names to values, where ``bp_`` or
    ``bp<number>_`` before a name is dropped and null stands for no value.

    Raises:
        Invalid: one of them may not enter a script, or they are longer than ``LONGEST_PARAMETERS`` together.

    Source: the mapping is that of compass-ci's ``boot_params``.
    """
    found = tuple(checked(name, each) for name in PARAMETERS for each in _parameters(name, document.get(name)))
    if sum(map(len, found)) + len(found) > LONGEST_PARAMETERS:
        raise Invalid(f"{' and '.join(PARAMETERS)} have at most {LONGEST_PARAMETERS} characters together")
    return found


def _parameters(name: str, given: Any) -> Iterator[Any]:
    if isinstance(given, Mapping):
        for key, value in given.items():
            plain = PREFIX.sub("", key, count=1) if PREFIX.match(key) else key
            yield plain if value is None or value == "" else f"{plain}={_text(name, value)}"
    elif isinstance(given, list):
        yield from given
    elif given is not None and given != "":
        yield given


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise Invalid(f"{name} must be a string")
