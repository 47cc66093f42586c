"""The settings of feeds and of retention, as KCING's variables say them."""

from typing import Any

import pytest

from paddles import settings
from paddles.config_file import OLD_NAMES
from paddles.errors import Invalid
from paddles.settings import Settings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of the variables is set."""
    for variable in [each for variables in OLD_NAMES.values() for each in variables]:
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        ("KCI_HOST", "k.example", "feed_host", "k.example"),
        ("KCI_SCHEME", "http", "feed_scheme", "http"),
        ("KCI_NON_LAVA_LAB", "lab-x", "feed_non_lava_lab", "lab-x"),
        ("ES_MAX_RETRIES", "4", "feed_attempts", 4),
        ("ES_LOAD_INTERVAL", "0.5", "feed_pause_s", 0.5),
        ("LS_PIPELINE_BATCH_SIZE", "50", "feed_batch", 50),
        ("DRP_DAYS", "9", "retain_days", 9),
        ("DRP_DAYS_RAW", "4", "retain_raw_days", 4),
        ("KB_URL", "http://p.example", "address", "http://p.example"),
    ],
)
def test_variables_of_kcing_set(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, field: str, expected: Any
) -> None:
    """KCING's names say ours; a text is read as what the setting is, and an empty one says nothing."""
    monkeypatch.setenv(variable, value)
    assert expected == getattr(settings.load(), field)

    monkeypatch.setenv(variable, "")
    assert Settings.model_fields[field].default == getattr(settings.load(), field)


def test_documents_are_posted_where_kcing_posts_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The three addresses go together: a feeder that keeps some and posts others is a slip of the finger."""
    assert {} == settings.load().posted_to
    said = {"ES_LAVA": "http://e:8338/", "ES_BUILD": "http://e:8337", "ES_BOOT": "http://e:8007"}
    for variable, url in said.items():
        monkeypatch.setenv(variable, url)

    loaded = settings.load()
    assert {"lava": "http://e:8338", "build": "http://e:8337", "boot": "http://e:8007"} == loaded.posted_to

    monkeypatch.setenv("ES_BOOT", "")
    with pytest.raises(Invalid, match="feed_boot_url are set together"):
        settings.load()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DRP_DAYS", "many"), ("DRP_DAYS", "0"), ("DRP_DAYS", "2"), ("ES_MAX_RETRIES", "x"), ("KCI_SCHEME", "ftp"),
        ("KCI_HOST", "a/b"), ("KCI_HOST", "u@h"), ("ES_LAVA", "file:///etc/passwd"), ("ES_BOOT", "e:8007"),
    ],
)  # fmt: skip
def test_a_wrong_variable_of_kcing_is_said_at_the_start(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    """By the setting that it is for; what is kept shorter than a feed looks back would be brought again."""
    monkeypatch.setenv(variable, value)

    with pytest.raises(Invalid) as caught:
        settings.load()

    assert {"DRP_DAYS": "retain_days", "ES_MAX_RETRIES": "feed_attempts", "KCI_SCHEME": "feed_scheme",
            "KCI_HOST": "feed_host", "ES_LAVA": "feed_lava_url", "ES_BOOT": "feed_boot_url"}[variable] in str(
        caught.value
    )  # fmt: skip
