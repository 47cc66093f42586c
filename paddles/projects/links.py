"""Where projects, builds, their runs and pullers are: addresses of this service, relative to it. Pure.

JobServ's clients join them to the address of the service; they end in a slash, as theirs do.
"""

from urllib.parse import quote


def project(name: str) -> str:
    """Return the address of a project, whose name may have slashes."""
    return f"/projects/{quote(name)}/"


def build(name: str, number: int) -> str:
    """Return the address of a build of a project."""
    return f"{project(name)}builds/{number}/"


def run(name: str, number: int, key: str) -> str:
    """Return the address of a run of a build, which is a job of ours."""
    return f"{build(name, number)}runs/{quote(key, safe='')}/"


def file(run_address: str, path: str) -> str:
    """Return the address of a file of a run."""
    return f"{run_address}{quote(path)}"


def puller(name: str) -> str:
    """Return the address of a machine that pulls its work."""
    return f"/workers/{quote(name, safe='')}/"
