"""job.yaml, as a machine's client reads and greps it."""

from collections.abc import Mapping
from typing import Any

from paddles.boot import block_yaml
from paddles.boot.privacy import private


def render(document: Mapping[str, Any]) -> str:
    """Return a completed job as YAML, in its order, without what is private, its shell lines and packed sources.

    Top-level keys begin their lines; a safe loader reads back what was stored.

    Raises:
        Invalid: the job is nested too deep.
    """
    shown = {name: value for name, value in document.items() if name != "job2sh" and not private(name)}
    if isinstance(shown.get("pkg_data"), dict):
        shown["pkg_data"] = {name: _without_content(package) for name, package in shown["pkg_data"].items()}
    return block_yaml.dump(shown)


def _without_content(package: Any) -> Any:
    if not isinstance(package, dict):
        return package
    return {name: value for name, value in package.items() if name != "content"}
