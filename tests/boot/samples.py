"""The hosts and jobs that the tests of this package speak of, and values that somebody might do harm with."""

from typing import Any

from paddles.boot.defaults import completed
from paddles.boot.hosts import Hosts

HOSTS = Hosts("sched.example:3000", "os.example:8000", "initrd.example:8800")
SYSTEM = {"os": "debian", "os_arch": "x86_64", "os_version": "sid"}

# Text that a shell, YAML or a script would take for something else than itself.
HOSTILE = {
    "command": "$(touch pwned)",
    "backticks": "`touch pwned`",
    "closed quote": "'; touch pwned; '",
    "closed double quote": '"; touch pwned; "',
    "ends in a backslash": "x\\",
    "only a backslash": "\\",
    "backslash and quote": "\\'; touch pwned #",
    "only a quote": "'",
    "two quotes": "''",
    "variable": "${HOME} $PATH $$",
    "next line": "x\ntouch pwned\n",
    "end of a function": "}\ntouch pwned\nx() {",
    "end of the file": '\n"$@"\ntouch pwned',
    "here document": "<<EOF\ntouch pwned\nEOF",
    "background": "x & touch pwned &",
    "glob": "* ? [a-z] ~ {a,b}",
    "history": "!! !x",
    "blanks": "  x  ",
    "tab": "\tx\t",
    "carriage return": "x\r\ny\r",
    "bell and delete": "\x07\x08\x1b[2J\x7f",
    "next line of unicode": "x\x85y\u2028z\u2029",
    "byte order mark": "\ufeffx",
    "emoji": "😀 日本 ünïcode",
    "comment": "# x",
    "long": "x'$" * 20000,
    "seventh": "007",
    "exponent": "1e5",
    "hexadecimal": "0x10",
    "a line feed after a number": "7\n",
    "number of another script": "٣",
    "minus": "-5",
    "option": "-n",
    "assignment": "a=b",
}


def job(**fields: Any) -> dict[str, Any]:
    """Return a job as submitted: suite ``nap`` for ``vm-2p8g-1``, and what ``fields`` say."""
    return {"suite": "nap", "testbox": "vm-2p8g-1", **SYSTEM, **fields}


def ready(**fields: Any) -> dict[str, Any]:
    """Return job 7, completed."""
    return completed(job(**fields), 7, HOSTS)


# A job of the usual size, about 10 kB as JSON, with shell of its own.
EVERY_DAY = ready(
    **{
        "#! jobs/iperf.yaml": None,
        "category": "benchmark",
        "runtime": 300,
        "pp": {f"program-{number}": {"nr_threads": "50%", "runtime": 300, "mode": "soft"} for number in range(20)},
        "monitors": {f"monitor-{number}": {"interval": number} for number in range(40)},
        "rootfs_disk": ["/dev/vda", "/dev/vdb"],
        **{f"field_{number}": f"a value of {number} words: it's" for number in range(60)},
        "job2sh": {
            "run_job": [
                "run_job()",
                "{",
                *(f"\trun_monitor $LKP_SRC/bin/run-monitor m-{n}" for n in range(40)),
                "}",
                None,
            ],
            "extract_stats": [
                "extract_stats()",
                "{",
                *(f"\t$LKP_SRC/bin/run-stats m-{n}" for n in range(40)),
                "}",
                None,
            ],
        },
    }
)
