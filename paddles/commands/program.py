"""``paddles <command>``: every command that ``pecan`` has, for whoever gives no configuration file.

It is the one that ``--config`` names, else PADDLES_CONFIG or PECAN_CONFIG, else ``config.py`` in this directory, else
``/etc/paddles/config.py``; without any there are defaults and the environment.
"""

import argparse
import sys
from typing import Any

from pecan.commands.base import CommandManager

from paddles import __version__

ALIASES = {"retain": ["drp"]}


def main(words: list[str] | None = None) -> int:
    """Do what the words say and return 0; any other exit code ends the process."""
    # Pecan's own make projects and shells.
    ours = {name: each for name, each in CommandManager().commands.items() if each.__module__.startswith("paddles.")}
    arguments = parser(ours).parse_args(words)
    arguments.config_file = None
    arguments.command().run(arguments)
    return 0


def parser(commands: dict[str, Any]) -> argparse.ArgumentParser:
    """Return what reads the words; the command's class is ``command`` in what it returns."""
    about = "What is configured is read from config.py, here or in /etc/paddles, unless --config names a file."
    made = argparse.ArgumentParser("paddles", description="Results archive and scheduler for test labs.", epilog=about)
    made.add_argument("--version", action="version", version=f"paddles {__version__}")
    below = made.add_subparsers(metavar="command", required=True)
    for name in sorted(commands):
        command = commands[name]
        text = " ".join((command.__doc__ or "").split())
        options: dict[str, Any] = {"help": command.summary, "description": text.replace("%", "%%")}
        own = below.add_parser(name, aliases=ALIASES.get(name, []), parents=[_common()], **options)
        own.set_defaults(command=command)
        for argument in command.arguments:
            _add(own, dict(argument))
    return made


def _common() -> argparse.ArgumentParser:
    """Return the options that every command has."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", metavar="FILE", help="the configuration file (default: config.py, if it is there)")
    common.add_argument("-d", "--debug", action="store_true", help="log everything to stderr")
    common.add_argument("-l", "--log-filename", metavar="F", help="log to this file too, and to stderr")
    return common


def _add(own: argparse.ArgumentParser, argument: dict[str, Any]) -> None:
    names = argument.pop("name")
    if names != "config_file":
        own.add_argument(*([names] if isinstance(names, str) else names), **argument)


if __name__ == "__main__":
    sys.exit(main())
