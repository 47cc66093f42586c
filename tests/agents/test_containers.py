"""What a container is given, and what nobody else is shown: secrets, volumes, variables, sources."""

import base64
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from paddles.agents.jobserv_runner import sources
from tests.agents.machine import FAILED, PASSED, Machine, said
from tests.agents.peer import KEY, Peer

SECRETS = {
    "githubtok": "gh-t0ken-value",
    "word": "s3cret with blanks",
    "netrc-x": "machine x.example login a password b4d",
}


def repository(place: Path, **files: str) -> str:
    """Make a git repository of these files and return its last commit."""
    place.mkdir()
    for name, content in files.items():
        (place / name).write_text(content)
        (place / name).chmod(0o755)
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example", "GIT_COMMITTER_NAME": "a"}
    quiet = {"GIT_COMMITTER_EMAIL": "a@example", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "one"], ["rev-parse", "HEAD"]):
        done = subprocess.run(
            ["git", *words], cwd=place, env={**os.environ, **who, **quiet}, check=True, capture_output=True, text=True
        )
    return done.stdout.strip()


def test_secrets_are_files_and_nothing_else(machine: Machine, peer: Peer) -> None:
    """Inside they are in /secrets and the logins in /root; no argument and no environment of a program has any."""
    script = (
        "cd /secrets; for f in *; do echo $f; done; cat word; echo; cat /root/.netrc /root/.curlrc; touch x || echo ro"
    )

    assert PASSED == machine.run(script, secrets=SECRETS)

    host = f"machine 127.0.0.1 login run password {KEY}"
    expected = ["githubtok", "netrc-x", "word", SECRETS["word"], host, SECRETS["netrc-x"], "netrc-optional"]
    assert expected == said(peer)[: len(expected)]
    assert "ro" == said(peer)[-1]
    shown = "".join(str(call) for call in machine.calls())
    assert not [value for value in (*SECRETS.values(), KEY) if value in shown]


def test_variables_arrive_as_they_are(machine: Machine, peer: Peer) -> None:
    """Also with several lines, quotes, and what a shell would take for its own."""
    env = {"A": "$(id) `id` \"'", "B": "one\ntwo", "C": "", "D": " blanks  kept ", "E": "#x=y", "F": "x" * 70_000}

    assert PASSED == machine.run('printf \'<%s>\' "$A" "$B" "$C" "$D" "$E"; echo; echo ${#F}', env=env)

    assert b"<$(id) `id` \"'><one\ntwo><>< blanks  kept ><#x=y>\n70000\n" in peer.log


def test_no_variable_of_a_project_is_one_of_this_machine(machine: Machine, peer: Peer) -> None:
    """The engine, which is no container, would load what some of them name. The log has no such value."""
    long = "/none\n" + "x" * 20_000

    assert PASSED == machine.run('test "$LD_PRELOAD"; test "$A"', env={"LD_PRELOAD": "\n", "A": long})

    [call] = [call for call in machine.calls() if call["argv"][0] == "run"]
    assert not {"LD_PRELOAD", "A"} & set(call["env"])
    assert b"xxxx" not in peer.log


@pytest.mark.parametrize("env", [{"A B": "x"}, {"": "x"}, {"#A": "x"}, {"A": "a\x00b"}, {"A\n": "x"}])
def test_what_is_no_variable_fails_the_run(machine: Machine, peer: Peer, env: dict[str, str]) -> None:
    """It says so, and no container is started."""
    assert FAILED == machine.run("true", env=env)

    assert b"not possible as variables" in peer.log
    assert not [call for call in machine.calls() if call["argv"][0] == "run"]


def test_options_of_the_container(machine: Machine, peer: Peer) -> None:
    """The project's wishes are what the engine is told."""
    wishes: dict[str, Any] = {"privileged": True, "cap-add": ["SYS_PTRACE"], "cap-drop": ["NET_RAW", "MKNOD"]}
    wishes |= {"container-user": "12", "container-entrypoint": "", "max-mem-bytes": 5}

    assert PASSED == machine.run("id -u; echo x >/archive/by-that-user", **wishes)

    words = machine.call("run")
    expected = ["--privileged", "--cap-add=SYS_PTRACE", "--cap-drop=NET_RAW", "--cap-drop=MKNOD", "--memory=5"]
    assert [word for word in [*expected, "--user=12", "--entrypoint="] if word not in words] == []
    assert ["--rm", "--name"] == words[1:3]
    assert "12" in said(peer)
    assert "by-that-user" in peer.files


def test_volumes(machine: Machine, peer: Peer) -> None:
    """A persistent one is there again in the project's next run; a shared one is what the machine shares."""
    wishes = {"persistent-volumes": {"cache": "/cache"}, "shared-volumes": {"common": "/common"}}
    assert PASSED == machine.run("echo kept >/cache/x; echo all >/common/y", **wishes)

    assert "kept\n" == (machine.home / "volumes" / "factory" / "app" / "cache" / "x").read_text()
    assert "all\n" == (machine.home / "shared-volumes" / "common" / "y").read_text()


@pytest.mark.parametrize(
    "wishes",
    [
        {"persistent-volumes": {"..": "/x"}},
        {"persistent-volumes": {"a/b": "/x"}},
        {"shared-volumes": {"..": "/x"}},
        {"secrets": {"../x": "y"}},
        {"secrets": {"a b": "y"}},
        {"project": "../../x", "persistent-volumes": {"v": "/x"}},
    ],
)
def test_names_lead_nowhere_else(machine: Machine, peer: Peer, wishes: dict[str, Any]) -> None:
    """A name that might be a path fails the run before anything is written there."""
    assert FAILED == machine.run("true", **wishes)

    assert b"cannot be the name of" in peer.log
    assert not [path for path in machine.home.rglob("*") if path.name in ("x", "v", "a b")]
    assert not [call for call in machine.calls() if call["argv"][0] == "run"]


def test_a_script_of_a_repository(machine: Machine, peer: Peer) -> None:
    """It is cloned at its revision and run by its path, with the files beside it."""
    files = {"unit.sh": "#!/bin/sh\ncat /script-repo/data\n", "data": "beside it\n"}
    commit = repository(machine.home / "scripts", **files)
    wanted = {"clone-url": str(machine.home / "scripts"), "git-ref": commit, "path": "unit.sh"}

    assert PASSED == machine.execute(machine.rundef(**{"script-repo": wanted}))

    assert ["beside it"] == said(peer)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"git-ref": "no-such-branch"}, b"git fetch failed"),
        ({"git-ref": "--upload-pack=touch x"}, b"is no revision"),
        ({"token": "unknown"}, b"secrets that are not there: unknown"),
    ],
)
def test_a_repository_that_is_not_as_said(machine: Machine, peer: Peer, changes: dict[str, str], words: bytes) -> None:
    """The run fails and says why."""
    repository(machine.home / "scripts", unit="#!/bin/sh\n")
    wanted = {"clone-url": str(machine.home / "scripts"), "path": "unit", **changes}

    assert FAILED == machine.execute(machine.rundef(**{"script-repo": wanted}))

    assert words in peer.log


def test_sources_of_a_poller(machine: Machine, peer: Peer) -> None:
    """They are in /repo, where the script begins, at the commit, as branch jobserv-run."""
    commit = repository(machine.home / "sources", README="sources\n")
    env = {"GIT_URL": str(machine.home / "sources"), "GIT_SHA": commit}
    script = "pwd; cat README; git rev-parse HEAD; git rev-parse --abbrev-ref HEAD"

    assert PASSED == machine.run(script, trigger_type="git_poller", env=env)

    assert ["/repo", "sources", commit, "jobserv-run"] == said(peer)


def test_a_pull_request(machine: Machine, peer: Peer) -> None:
    """Each status is told to GitHub with the token, and git is told a header for that host in a file that is gone."""
    commit = repository(machine.home / "sources", README="sources\n")
    env = {"GIT_URL": str(machine.home / "sources"), "GIT_SHA": commit, "H_RUN": "unit"}
    env["GH_STATUS_URL"] = f"{peer.url}/forge/statuses"

    assert PASSED == machine.run("true", trigger_type="github_pr", env=env, secrets=SECRETS)

    assert ["pending", "pending", "success"] == [document["state"] for _, document in peer.forge]
    headers, document = peer.forge[-1]
    assert "token gh-t0ken-value" == headers["authorization"]
    assert ("unit", peer.run_url) == (document["context"], document["target_url"])
    assert not list(machine.run_dir.glob("gitconfig"))


def test_a_merge_request(machine: Machine, peer: Peer) -> None:
    """Each status is told to GitLab with the token, also that the run failed."""
    commit = repository(machine.home / "sources", README="sources\n")
    env = {"GIT_URL": str(machine.home / "sources"), "GIT_SHA": commit, "GL_STATUS_URL": f"{peer.url}/forge/x"}

    secrets = {"gitlabtok": "gl-token", "gitlabuser": "u"}
    assert FAILED == machine.run("false", trigger_type="gitlab_mr", env=env, secrets=secrets)

    assert ["running", "running", "failed"] == [document["state"] for _, document in peer.forge]
    assert "gl-token" == peer.forge[0][0]["private-token"]


@pytest.mark.parametrize("trigger_type", ["github_pr", "gitlab_mr"])
def test_a_pull_request_without_its_token_fails(machine: Machine, peer: Peer, trigger_type: str) -> None:
    """What is missing is named."""
    assert FAILED == machine.run("true", trigger_type=trigger_type)

    assert b"_STATUS_URL" in peer.log
    assert b"tok, " in peer.log


def test_git_says_its_header_to_one_host(tmp_path: Path) -> None:
    """The file tells git of a header for the host of the repository, whatever the header has in it."""
    header = 'Authorization: Basic a"b\\c#;'
    place = sources.settings(tmp_path, "https://user@git.example:8443/a/b.git", header)

    def asked(url: str) -> str:
        words = ["git", "-c", f"include.path={place}", "config", "--get-urlmatch", "http.extraheader", url]
        return subprocess.run(words, check=False, capture_output=True, text=True, cwd=tmp_path).stdout.strip()

    assert header == asked("https://git.example:8443/x.git")
    assert "" == asked("https://other.example/x.git")
    assert 0 == place.stat().st_mode & 0o077


@pytest.mark.parametrize(
    ("url", "secrets", "env", "login"),
    [
        ("https://github.com/a/b", {"githubtok": "t"}, {}, "x-access-token:t"),
        (
            "https://ghe.example/a/b",
            {"githubtok": "t"},
            {"GH_STATUS_URL": "https://ghe.example/api"},
            "x-access-token:t",
        ),
        ("https://evil.example/a/b", {"githubtok": "t"}, {}, None),
        ("https://github.com.evil.example/a", {"githubtok": "t"}, {}, None),
        ("https://gitlab.com/a/b", {"gitlabtok": "t", "gitlabuser": "u"}, {}, "u:t"),
        ("https://bitbucket.org/a/b", {"bitbuckettok": "t", "bitbucketuser": "u"}, {}, "u:t"),
        ("https://bitbucket.org/a/b", {"githubtok": "t"}, {}, None),
    ],
)
def test_tokens_are_for_their_forge(url: str, secrets: dict[str, str], env: dict[str, str], login: str | None) -> None:
    """A token is said to the forge that it is for and to no other host."""
    expected = None if login is None else f"Authorization: Basic {base64.b64encode(login.encode()).decode()}"

    assert expected == sources.header(url, {"secrets": secrets, "env": env})
