"""What submitters and machines send, in few words; every default is visible here."""

from typing import Any

from tests.client import Client

MAC = "52-54-00-12-34-56"
MACHINE = "vm-2p8g-1"
SUBMIT = "/scheduler/v1/jobs/submit"
CGI = "/~lkp/cgi-bin"
NO_JOB = "echo ...\necho No job now\necho ...\nreboot\n"
# The settings' defaults: where machines reach the scheduler, the kernels and the initrds.
SCHED, OS, INITRD = "127.0.0.1:3000", "127.0.0.1:8000", "127.0.0.1:8800"


def job(**fields: Any) -> dict[str, Any]:
    """Return a job as a client sends it."""
    return {
        "#! jobs/nap.yaml": None,
        "suite": "nap",
        "testbox": MACHINE,
        "os": "debian",
        "os_arch": "x86_64",
        "os_version": "sid",
        **fields,
    }


def submit(client: Client, **fields: Any) -> str:
    """Submit a job and return its number as it was answered."""
    return str(client.post_json(SUBMIT, job(**fields), status=200).text)


def register(client: Client, mac: str = MAC, hostname: str = MACHINE) -> None:
    """Have a machine be known by its address."""
    client.put(f"/set_host_mac?hostname={hostname}&mac={mac}", status=200)


def boot(client: Client, mac: str = MAC) -> str:
    """Return what firmware is answered."""
    return str(client.get(f"/boot.ipxe/mac/{mac}", status=200).text)


def container(client: Client, host: str = MACHINE) -> dict[str, str]:
    """Return what the provider of a container is answered."""
    answered: dict[str, str] = client.get(f"/boot.container/host/{host}", status=200).json
    return answered


def given(client: Client, **fields: Any) -> str:
    """Submit a job, have it taken by a machine, and return its number."""
    number = submit(client, **fields)
    host = fields.get("testbox", MACHINE)
    assert container(client, host)["job"].endswith(f"/job_initrd_tmpfs/{number}/job.cgz")
    return number


def shown(client: Client, number: str) -> dict[str, Any]:
    """Return a job as its submitter is shown it."""
    found: dict[str, Any] = client.get(f"/scheduler/v1/jobs/{number}", status=200).json
    return found


def told(client: Client, number: str, said: str) -> str:
    """Report variables of a job as its client's script does."""
    return str(client.get(f"{CGI}/lkp-jobfile-append-var?job_file=/lkp/scheduled/job.yaml&job_id={number}&{said}").text)
