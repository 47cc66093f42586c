"""The service, two machines and a project."""

import pathlib
from collections import Counter

import definitions
from floor import Machine
from server import Build, Jobserv
from service import free_port

PROJECT = "story"
# What a promise may take: something that is under way, a run, some runs one after the other.
SOON_S, RUN_S, LONG_S = 30, 90, 240
TAGS = "story,amd64"


class Lab:
    """All that the story is about."""

    def __init__(self, scratch: pathlib.Path) -> None:
        self.scratch = scratch
        self.server = Jobserv(scratch / "service", free_port())
        self.definition = definitions.definition(definitions.repository(scratch / "scripts"))
        self.machines: list[Machine] = []
        self.gone: list[Machine] = []

    def begin(self) -> None:
        """Create the project and have two machines go to work."""
        self.server.project(PROJECT)
        for name in ("m1", "m2"):
            self.add(name)

    def add(self, name: str) -> None:
        """Have one more machine go to work."""
        machine = Machine(self.server, self.scratch / name, TAGS)
        self.machines.append(machine)
        machine.begin()

    def lose(self, machine: Machine) -> None:
        """Kill all of a machine, which does not come back."""
        machine.end()
        self.machines.remove(machine)
        self.gone.append(machine)

    def build(self, trigger: str, **more: object) -> Build:
        """Start a build."""
        return self.server.build(PROJECT, self.definition, trigger, **more)

    def executed(self, build: Build) -> Counter[str]:
        """How often each run of a build was begun, on whichever machine."""
        whose = f"{PROJECT}/{build.number}/"
        found: Counter[str] = Counter()
        for machine in (*self.machines, *self.gone):
            found += machine.executed()
        return Counter({key.removeprefix(whose): count for key, count in found.items() if key.startswith(whose)})

    def machine_of(self, build: Build, run: str) -> Machine:
        """The machine that has a run."""
        name = build.run(run)["worker_name"]
        return next(machine for machine in self.machines if machine.name == name)

    def release(self) -> None:
        """Have runs that are held go on, wherever they are."""
        for machine in self.machines:
            machine.held().mkdir(parents=True, exist_ok=True)
            (machine.held() / "go").touch()

    def hold(self) -> None:
        """Have such runs be held again."""
        for machine in self.machines:
            (machine.held() / "go").unlink(missing_ok=True)
