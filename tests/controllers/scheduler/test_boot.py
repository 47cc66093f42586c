"""What a machine that boots is answered, byte for byte, and the archive of its job."""

import gzip
import re
from itertools import product

import pytest
import yaml

from paddles.app import serve
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.boot.archives import unpacked
from tests.client import Client
from tests.controllers.scheduler.wire import (
    CGI,
    INITRD,
    MAC,
    MACHINE,
    NO_JOB,
    OS,
    SCHED,
    boot,
    container,
    given,
    register,
    shown,
    submit,
)

BASE = "user=lkp job=/lkp/scheduled/job.yaml RESULT_ROOT=/result/job"
FILES = "initrd=initrd.lkp initrd=lkp-x86_64.cgz initrd=job.cgz"
ROOT = f"root={OS.partition(':')[0]}:/os/debian/x86_64/sid"
LKP = f"http://{INITRD}/initrd/lkp/latest/lkp-x86_64.cgz"
FIRMWARE = ("/boot.ipxe/mac/", "/boot.grub/mac/")
# Whatever hands out a job when it is asked with GET.
CONSUMING = (
    f"/boot.ipxe/mac/{MAC}",
    f"/boot.grub/mac/{MAC}",
    f"/boot.container/host/{MACHINE}",
    f"/boot.container/hostname/{MACHINE}",
    f"{CGI}/gpxelinux.cgi?hostname={MACHINE}",
)


def ipxe(number: str, more: str = "") -> str:
    """Return the script of iPXE for a job."""
    return (
        "#!ipxe\n"
        f"initrd http://{OS}/os/debian/x86_64/sid/initrd.lkp\n"
        f"initrd {LKP}\n"
        f"initrd http://{SCHED}/job_initrd_tmpfs/{number}/job.cgz\n"
        f"kernel http://{OS}/os/debian/x86_64/sid/vmlinuz {BASE} {ROOT} rootovl ip=dhcp ro {more}{FILES}\n"
        "boot\n"
    )


def test_a_script_for_ipxe(client: Client) -> None:
    """As text, each value one word, a line feed at its end."""
    register(client)
    number = submit(client)

    answer = client.get(f"/boot.ipxe/mac/{MAC}", status=200)

    assert ipxe(number) == answer.text
    assert "text/plain; charset=utf-8" == answer.headers["Content-Type"]


def test_further_kernel_parameters_stand_before_the_initrds(client: Client) -> None:
    """Exactly there."""
    register(client)
    number = submit(client, boot_params={"bp_console": "ttyS0,115200"}, kernel_custom_params="quiet")

    assert ipxe(number, "console=ttyS0,115200 quiet ") == boot(client)


def test_a_script_for_grub(client: Client) -> None:
    """In its own words."""
    register(client)
    number = submit(client)

    assert client.get(f"/boot.grub/mac/{MAC}", status=200).text == (
        "#!grub\n"
        f"linux (http,{OS})/os/debian/x86_64/sid/vmlinuz {BASE} rootovl ip=dhcp ro {ROOT}\n"
        f"initrd (http,{OS})/os/debian/x86_64/sid/initrd.lkp "
        f"(http,{INITRD})/initrd/lkp/latest/lkp-x86_64.cgz (http,{SCHED})/job_initrd_tmpfs/{number}/job.cgz\n"
        "boot\n"
    )


@pytest.mark.parametrize("word", ["host", "hostname"])
@pytest.mark.parametrize(("said", "image"), [({}, "centos:7"), ({"docker_image": "debian:12"}, "debian:12")])
def test_parameters_of_a_container(client: Client, word: str, said: dict[str, str], image: str) -> None:
    """JSON with the image under both names that clients read; machines need not be known."""
    number = submit(client, testbox="dc-1g-1", **said)

    answer = client.get(f"/boot.container/{word}/dc-1g-9", status=200)

    job = f"http://{SCHED}/job_initrd_tmpfs/{number}/job.cgz"
    assert {"docker_images": image, "lkp": LKP, "job": job, "docker_image": image} == answer.json
    assert "application/json" == answer.content_type
    assert {} == container(client, "dc-1g-8")


def test_a_machine_that_does_not_reboot(client: Client) -> None:
    """The next job by name or address: its client looks for a KERNEL line and for job.cgz."""
    register(client)

    for asked in (f"hostname={MACHINE}", f"mac={MAC}"):
        number = submit(client)
        text = client.get(f"{CGI}/gpxelinux.cgi?{asked}").text
        client.get(f"{CGI}/lkp-post-run?job_id={number}")
        assert re.search(r"^kernel ", text, re.IGNORECASE | re.MULTILINE)
        assert re.search(rf"^initrd http://.*/{number}/job\.cgz$", text, re.MULTILINE)


def test_hosts_are_the_settings(database: Database, settings: Settings) -> None:
    """How machines reach us is not how we listen."""
    said = {"sched_host": "sched.example", "sched_port": 1, "os_http_host": "os.example", "os_http_port": 2}
    said |= {"initrd_http_host": "initrd.example", "initrd_http_port": 3}
    client = Client(serve(database, settings.model_copy(update=said)))
    register(client)
    submit(client)

    assert ["os.example:2", "initrd.example:3", "sched.example:1", "os.example:2"] == re.findall(
        r"http://([^/]+)/", boot(client)
    )


@pytest.mark.parametrize("path", FIRMWARE)
def test_no_job_is_a_script_that_reboots(client: Client, path: str) -> None:
    """Status 200, since firmware throws other answers away: for an unknown address and for an empty queue."""
    shebang = {"/boot.ipxe/mac/": "#!ipxe\n", "/boot.grub/mac/": "#!grub\n"}[path]
    assert shebang + NO_JOB == client.get(f"{path}{MAC}", status=200).text

    register(client)

    assert shebang + NO_JOB == client.get(f"{path}{MAC}", status=200).text
    assert "#!ipxe\n" + NO_JOB == client.get(f"{CGI}/gpxelinux.cgi?hostname={MACHINE}", status=200).text


@pytest.mark.parametrize("said", ["52:54:00:12:34:56", "52-54-00-12-34-56", "52%3A54%3a00:12-34-56"])
def test_an_address_is_taken_in_any_spelling(client: Client, said: str) -> None:
    """Colons or dashes, in either case, escaped or not."""
    register(client, "52:54:00:12:34:56")
    number = submit(client)

    assert ipxe(number) == boot(client, said.upper())


@pytest.mark.parametrize("mac", [
    "x", "52-54-00-12-34", "52-54-00-12-34-5g", "52-54-00-12-34-56-78", "525400123456", "%27", "52-54-00-12-34-56%0a",
    "..%2f..%2fetc%2fpasswd", "<script>", "%F0%9F%98%80", "x" * 5000])  # fmt: skip
def test_what_is_no_address_is_400(client: Client, mac: str) -> None:
    """With a reason."""
    for path in FIRMWARE:
        assert "mac must be" in client.refused("GET", path + mac, 400)
    assert "mac must be" in client.refused("GET", f"{CGI}/gpxelinux.cgi?mac={mac}", 400)


@pytest.mark.parametrize("name", [
    "-x", "a%20b", "a%2fb", "%2e%2e%2f", "a%0ab", "%c3%a9", "a;b", "$x", "x" * 256, "lock_many"])  # fmt: skip
def test_what_is_no_machine_is_400(client: Client, name: str) -> None:
    """With the name of what is wrong."""
    for path in ("/boot.container/host/", "/boot.container/hostname/", f"{CGI}/gpxelinux.cgi?hostname="):
        assert client.refused("GET", path + name, 400)


@pytest.mark.parametrize("path", [
    "/boot.ipxe/mac/%00", "/boot.ipxe/mac/%ff", "/boot.container/host/a%00", "/boot.ipxe", "/boot.ipxe/mac",
    "/boot.grub", "/boot.container/host", "/boot.ipxe/mac/a/b", "/boot.pxe/mac/a", "/job_initrd_tmpfs/1",
    "/job_initrd_tmpfs/1/job.cgz/x", "/job_initrd_tmpfs/..%2f..%2fetc/passwd",
    "/job_initrd_tmpfs/1/..%2f..%2fetc%2fpasswd", "/job_initrd_tmpfs/1/x.cgz",
    "/job_initrd_tmpfs/1%00/job.cgz", "/~root/cgi-bin/lkp-post-run", "/~lkp/cgi-bin/..%2f", "/~lkp/x", "/~lkp",
])  # fmt: skip
def test_other_addresses_are_404(client: Client, path: str) -> None:
    """Nothing is near them: neither files nor other users."""
    assert client.refused("GET", path, 404)


@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
@pytest.mark.parametrize("path", CONSUMING)
def test_only_get_takes_a_job(client: Client, path: str) -> None:
    """Every other method is refused, or harmless, and leaves the job where it is."""
    register(client)
    number = submit(client)

    for method, data in product(("HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"), (b"", b"{}")):
        answer = client.send(method, path, data, status=405)
        assert answer.headers["Allow"] == "GET, OPTIONS"
    client.send("OPTIONS", path, status=200)
    assert "submit" == shown(client, number)["job_state"]

    assert number in client.get(path, status=200).text


def test_the_archive_of_a_job(client: Client) -> None:
    """Bytes without an encoding: gzipped newc with job.yaml and job.sh, as often as it is fetched."""
    number = given(client, job2sh={"run_job": ["run_job()", "{", "\ttrue", "}", None]}, note="it's")

    first, second = (client.get(f"/job_initrd_tmpfs/{number}/job.cgz", status=200) for _ in range(2))

    assert first.body == second.body
    assert ("application/octet-stream", None) == (first.headers["Content-Type"], first.headers.get("Content-Encoding"))
    files = {entry.path: entry for entry in unpacked(first.body)}
    assert ["lkp", "lkp/scheduled", "lkp/scheduled/job.yaml", "lkp/scheduled/job.sh"] == list(files)
    stored = yaml.safe_load(files["lkp/scheduled/job.yaml"].content)
    assert (number, MACHINE, "it's") == (stored["id"], stored["testbox"], stored["note"])
    shell = files["lkp/scheduled/job.sh"].content.decode()
    assert shell.startswith("#!/bin/sh\n\nexport_top_env()\n{\n\texport suite='nap'\n")
    assert "\texport note='it'\\''s'\n" in shell
    assert shell.endswith('\nrun_job()\n{\n\ttrue\n}\n\n"$@"\n')


def test_secrets_are_in_a_file_of_their_own(client: Client) -> None:
    """For root alone, and in no other file of the archive."""
    number = given(client, secrets={"key": "treasure"}, my_token="treasure", my_email="treasure")

    files = {entry.path: entry for entry in unpacked(client.get(f"/job_initrd_tmpfs/{number}/job.cgz").body)}

    assert (b"key: treasure\n", 0o100600) == (
        files["lkp/scheduled/secrets.yaml"].content,
        files["lkp/scheduled/secrets.yaml"].mode,
    )
    assert ["lkp/scheduled/secrets.yaml"] == [path for path, entry in files.items() if b"treasure" in entry.content]


def test_the_archive_is_there_when_a_machine_has_the_job(client: Client) -> None:
    """Before it is 409; afterwards it stays, and what was reported is in it."""
    number = submit(client)
    path = f"/job_initrd_tmpfs/{number}/job.cgz"
    assert client.refused("GET", path, 409)
    client.head(path, status=409)

    container(client)
    client.head(path, status=200)
    client.get(f"{CGI}/lkp-jobfile-append-var?job_id={number}&loadavg=7")
    client.get(f"{CGI}/lkp-post-run?job_id={number}")

    assert b"loadavg: '7'\n" in gzip.decompress(client.get(path, status=200).body)


def test_an_archive_that_a_client_has_is_not_sent_again(client: Client) -> None:
    """Its version is its ETag; a part is sent to whoever lacks only that."""
    number = given(client)
    path = f"/job_initrd_tmpfs/{number}/job.cgz"
    whole = client.get(path)

    same = client.get(path, headers={"If-None-Match": whole.headers["ETag"]}, status=304)
    rest = client.get(path, headers={"Range": "bytes=100-"}, status=206)

    assert (b"", whole.body[100:]) == (same.body, rest.body)
    client.get(f"{CGI}/lkp-jobfile-append-var?job_id={number}&loadavg=7")
    client.get(path, headers={"If-None-Match": whole.headers["ETag"]}, status=200)
