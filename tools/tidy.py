"""Look for untidy files, as pre-commit names them: blanks at ends of lines, ends of files, YAML, size.

``python tools/tidy.py FILE...`` puts blanks and ends right, names what it changed or found, and exits with 1 then.
"""

import sys
from pathlib import Path

import yaml

LARGEST_BYTES = 500_000


def tidied(data: bytes) -> bytes:
    """Return text with no blanks at the ends of its lines and one line end at its own."""
    lines = [line.rstrip(b" \t\r") for line in data.split(b"\n")]
    text = b"\n".join(lines).rstrip(b"\n")
    return text + b"\n" if text else b""


def faults(path: Path) -> list[str]:
    """Return what is wrong with a file, after putting right what can be."""
    data = path.read_bytes()
    found = [f"larger than {LARGEST_BYTES // 1000} kB"] if len(data) > LARGEST_BYTES else []
    if b"\0" in data:
        return found
    if tidied(data) != data:
        path.write_bytes(tidied(data))
        found.append("blanks or line ends put right")
    if path.suffix in (".yaml", ".yml"):
        try:
            list(yaml.safe_load_all(data))
        except yaml.YAMLError as error:
            found.append(f"not YAML: {error}")
    return found


def main(arguments: list[str]) -> int:
    """Look at every file named; return the exit code."""
    found = [f"{name}: {fault}" for name in arguments for fault in faults(Path(name))]
    sys.stdout.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
