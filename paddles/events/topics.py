"""What pages follow: topics, and which of them an event changes. Pure.

A page is told that something of its subject is another, not what: it asks for that itself.
"""

import re

RUN, BUILD = "run:", "build:"
RUNS, QUEUE, REGRESSIONS, TREES = "runs", "queue", "regressions", "trees"
# The page of machines stands at /nodes/.
MACHINES = "nodes"
WORDS = frozenset((RUNS, QUEUE, REGRESSIONS, TREES, MACHINES))
# The name of the run that a build is.
OF_BUILD = re.compile(r"(?P<project>.+)/builds/(?P<number>\d+)", re.DOTALL)

# What the events of a channel change besides the run that they name.
ALSO = {
    "run": (RUNS,),
    "job": (RUNS, QUEUE),
    "test": (),
    "lease": (QUEUE, MACHINES),
    "project": (),
    "machine": (MACHINES, QUEUE),
    "queue": (QUEUE,),
    "regression": (REGRESSIONS,),
    "node": (TREES,),
    "action": (QUEUE,),
    "note": (RUNS, MACHINES, REGRESSIONS),
}


def of(channel: str, run: str | None) -> tuple[str, ...]:
    """Return the topics that an event of a channel changes, which names ``run`` or no run."""
    return (*(_of_run(run) if run else ()), *ALSO.get(channel, ()))


def known(topic: str) -> bool:
    """Say whether there is such a topic; what it names need not be there, or not yet."""
    return topic in WORDS or any(topic.startswith(kind) and topic != kind for kind in (RUN, BUILD))


def _of_run(name: str) -> tuple[str, ...]:
    build = OF_BUILD.fullmatch(name)
    return (RUN + name, f"{BUILD}{build['project']}/{build['number']}") if build else (RUN + name,)
