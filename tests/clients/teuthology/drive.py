"""Drives a results server with the released, unmodified teuthology 1.3.0.

    tests/clients/run teuthology --url http://127.0.0.1:8080 --venv /var/tmp/teuthology-venv

It makes the virtualenv (the whole package with all of its dependencies, pinned in ``requirements.txt``; about 20
seconds and 200 MB, kept between runs) and starts this module in it. The server has to be empty, and is left with what
the story stored. It has to know where logs are (``job_log_href_templ``, ending in /{run_name}/{job_id}/teuthology.log),
and its zone has to be UTC, which the client's is set to, because the times of logs travel without a zone.

What happens, in the order of ``story.STORY``:

* ``archive.py`` writes an archive directory: three runs, 64 jobs, passed, failed, dead and running, with
  orig.config.yaml, config.yaml, info.yaml and summary.yaml as teuthology leaves them.
* ``reporting.py`` schedules, dispatches, starts and ends jobs through teuthology's own functions, reports the directory
  with teuthology-report, reports again while jobs change, and compares all that is read back with the directory, field
  by field (``expect.py`` says what each document has to become).
* ``locking.py`` enters machines, locks one and many, is refused, gives back and lists them.
* ``finding.py`` makes the summary mail, waits for runs, finds the jobs to run again and schedules them.
* ``killing.py`` kills a job and a run, empties the queue, finds stale locks, deletes jobs and runs.

What is real: every byte on the wire to the results and lock server comes from teuthology's released code, through its
console scripts or, where a script would first need ssh, git or a provisioned machine, through the function that it
calls next; a comment says so at each such place. Nothing is patched. ``lab.py`` stands in for beanstalkd, for the
provisioner and for ``git ls-remote`` by teuthology's own configuration; none of them speaks to the results server.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import lab
import writing

HERE = pathlib.Path(__file__).resolve().parent


def environment(home: pathlib.Path) -> dict[str, str]:
    """The environment of the client: its own home, UTC, no proxy between it and the server, no garbage collector.

    The collector has to stay off (``lab.CUSTOM``). It may strike while gevent puts a greenlet to sleep, urllib3's
    finalizer of a connection pool then takes a lock, that sleeps in its turn, and the two wake-ups are confused:
    "LoopExit: This operation would block forever", on a busy machine in one of twenty calls that unlock two machines,
    whatever the server. teuthology's dispatcher knows this error and carries on; a story cannot.
    """
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    for name in ("TEUTHOLOGY_CONFIG", "TEUTH_BRANCH", "TEUTH_CEPH_BRANCH", "TEUTH_SUITE_BRANCH"):
        kept.pop(name, None)
    path = f"{home / 'bin'}:{pathlib.Path(sys.executable).parent}:{kept.get('PATH', os.defpath)}"
    own = {"HOME": str(home), "TZ": "UTC", "PATH": path, "LC_ALL": "C.UTF-8"}
    return kept | own | {"PYTHONPATH": str(home / "site"), "PYTHONDONTWRITEBYTECODE": "1"}


def drive(url: str, directory: pathlib.Path) -> int:
    """Write the archive, start the stand-ins, tell the story; print the end of its log when it breaks."""
    home = lab.home(directory / "home", url)
    writing.write(home / "archive")
    writing.write_suite(home)
    command = [sys.executable, HERE / "story.py", url, home]
    code = subprocess.run(command, env=environment(home), cwd=home, check=False).returncode
    log = home / "story.log"
    if code != 0 and log.exists():
        sys.stdout.write("".join(log.read_text(encoding="utf-8").splitlines(keepends=True)[-40:]))
    return code


def main() -> int:
    """Read the options and drive."""
    parser = argparse.ArgumentParser(description="drive a results server with the released teuthology")
    parser.add_argument("--url", required=True, help="the server, e.g. http://127.0.0.1:8080")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="teuthology-") as directory:
        return drive(options.url.rstrip("/"), pathlib.Path(directory))


if __name__ == "__main__":
    sys.exit(main())
