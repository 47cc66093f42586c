"""``pecan simulate``: a run of a project that is still a file, executed on this machine."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pecan.commands.base import BaseCommand

from paddles.agents import simulator
from paddles.commands.command import DONE, MISUSED, Configured, end_with
from paddles.errors import Invalid
from paddles.projects import definition, downloads, projects, simulation

ABOUT = """Execute a run of a project's definition in docker or podman, as a machine of the service would. Needs neither
the service nor a database, and nothing of the project is executed outside of a container. Exit code: 0 the run passed,
1 it failed, 2 it could not begin."""


class Simulate(BaseCommand):  # type: ignore[misc]
    """Execute a run of a project's definition here, without a server."""

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "name": "file",
            "type": Path,
            "action": Configured,
            "about": ABOUT,
            "help": "the definition of a project, or of a run",
        },
        {"name": "--list", "action": "store_true", "help": "name the runs that there are, and execute none"},
        *simulator.OPTIONS,
    )

    def run(self, args: argparse.Namespace) -> None:
        """Do what the arguments say; this process becomes the run's."""
        super().run(args)
        end_with(self.execute)

    def execute(self) -> int:
        """Execute the run, or list those that there are; return the exit code where nothing was executed."""
        try:
            rundef = self.chosen()
            if rundef is None:
                return DONE
            simulator.execute(simulator.filled(rundef, self.args), downloads.runner(), self.args.worker_dir)
        except (Invalid, simulator.Refused, OSError, UnicodeDecodeError) as error:
            # As many lines as there are faults.
            print(f"paddles: {self.args.file}: {error}", file=sys.stderr)
            return MISUSED

    def chosen(self) -> Mapping[str, Any] | None:
        """Return the definition of the run that the arguments name, None where they only want a list.

        Raises:
            Invalid: the file has no such definition.
            Refused: no run is named.
        """
        document = simulation.read(self.args.file.read_bytes())
        if simulator.is_rundef(document) and not self.args.list:
            return dict(document)
        checked = definition.checked(document)
        triggers = simulation.runs(checked)
        if self.args.list:
            print(simulator.listed(triggers), end="")
            return None
        if not (self.args.trigger and self.args.run_name):
            raise simulator.unnamed(triggers)
        project = projects.check_name(self.args.project or simulation.PROJECT)
        return simulation.simulated(checked, self.args.trigger, self.args.run_name, {}, project)
