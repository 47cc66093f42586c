"""What is looked at while a container runs, and how it is ended."""

from __future__ import annotations

import datetime
import os
import subprocess
from pathlib import Path

from .console import Console
from .engine import Engine
from .process import Watch
from .progress import Progress

# For each process of the container: its command, its state, and where in the kernel it waits.
LOOK = """
for p in /proc/[0-9]*; do
  echo "== ${p#/proc/} $(tr '\\0' ' ' <"$p/cmdline")"
  grep -E '^(Name|State|PPid|Threads|VmRSS):' "$p/status"
  cat "$p/wchan" "$p/stack"; echo
done 2>/dev/null
df -h; cat /proc/loadavg /proc/meminfo
"""


class Container(Watch):
    """A container by its name."""

    def __init__(self, engine: Engine, name: str, run_dir: Path, console: Console, progress: Progress) -> None:
        """Watch the container, and put what is found out about a silent one into ``diagnosis`` of the run's folder."""
        self.engine, self.name, self.run_dir, self.console, self.progress = engine, name, run_dir, console, progress

    def heard(self, data: bytes) -> None:
        """Look how far the run is."""
        self.progress.heard(data)

    def hung(self) -> None:
        """Write down what the container's processes do; the log goes on as it was."""
        at = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H-%M-%SZ")
        place = self.run_dir / "diagnosis"
        place.mkdir(exist_ok=True)
        load = " ".join(f"{each:.2f}" for each in os.getloadavg())
        head = f"No output for {self.hung_s:g} s at {at}; load of the machine {load}\n".encode()
        (place / f"hung-{at}.txt").write_bytes(head + self.engine.inside(self.name, LOOK))

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """Kill the container."""
        self.engine.kill(self.name, process)
