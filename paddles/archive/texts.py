"""Names and outputs of tests and of the cases in them, as long as may be. Pure."""

import re

# A name is part of an index, of whose entries PostgreSQL takes about 2,700 bytes.
LONGEST_NAME = 512
LONGEST_OUTPUT = 65_535
CUT = "<truncated>\n"
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def named(name: str, otherwise: str = "(unnamed)") -> str:
    """Return ``name`` on one line and short enough, or ``otherwise`` when nothing is left."""
    return CONTROL.sub(" ", name[: 2 * LONGEST_NAME]).strip()[:LONGEST_NAME] or otherwise


def shortened(output: str) -> str:
    """Return the end of ``output`` that may be kept, below a line that says so when it is not all."""
    return output if len(output) <= LONGEST_OUTPUT else CUT + output[len(CUT) - LONGEST_OUTPUT :]
