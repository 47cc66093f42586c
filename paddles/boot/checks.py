"""Whether a job can be run at all: asked when it is submitted, so that no machine fetches one that cannot."""

from collections.abc import Mapping
from typing import Any

from paddles.boot import bundle, limits, values
from paddles.boot.defaults import completed, given
from paddles.boot.hosts import Hosts
from paddles.boot.programs import REGISTRY


def check(document: Mapping[str, Any], hosts: Hosts, registry: Mapping[str, str] = REGISTRY) -> None:
    """Do nothing when every script and every file of a job can be written, whichever way a machine boots.

    Raises:
        Invalid: what is wrong, and in which field.
    """
    job = completed(document, 2**63 - 1, hosts)
    for name in values.FIELDS:
        if (value := given(job, name, None)) is not None:
            values.checked(name, value)
    values.parameters(job)
    limits.job_limit(job)
    bundle.files(job, registry)
