"""Fragments are folded into the changelog: in order, under their version, above older ones, or not at all."""

import datetime
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[1]
DATE = datetime.date(2026, 1, 31)
CHANGELOG = "# Changelog\n\n## Unreleased\n\nSee changes/.\n"


@pytest.fixture(scope="module")
def fold() -> SimpleNamespace:
    """What the script defines."""
    return SimpleNamespace(**runpy.run_path(str(ROOT / "changes" / "fold.py")))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder of fragments, with a changelog beside it."""
    (tmp_path / "changes").mkdir()
    (tmp_path / "changes" / "README.md").write_text("How it is done.\n")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    return tmp_path


def write(place: Path, **fragments: str) -> None:
    """Write fragments; ``pause__added`` is ``pause.added.md``."""
    for name, text in fragments.items():
        (place / "changes" / f"{name.replace('__', '.')}.md").write_text(text)


def test_fragments_become_a_version(fold: SimpleNamespace, place: Path) -> None:
    """Kinds come in their order, fragments by name, each on one line; the fragments are gone afterwards."""
    write(place, b__fixed="A fault\nis gone.\n", b__added="Second.\n", a__added="First.\n")

    assert 3 == fold.fold(place / "changes", place / "CHANGELOG.md", "1.0", DATE)

    expected = "## 1.0 (2026-01-31)\n\n### Added\n\n- First.\n- Second.\n\n### Fixed\n\n- A fault is gone.\n"
    assert f"{CHANGELOG}\n{expected}" == (place / "CHANGELOG.md").read_text()
    assert ["README.md"] == [path.name for path in (place / "changes").iterdir()]


def test_a_new_version_stands_above_older_ones(fold: SimpleNamespace, place: Path) -> None:
    """The newest version comes first, below what is not released."""
    for version in ("1.0", "1.1"):
        write(place, a__added=f"In {version}.\n")
        fold.fold(place / "changes", place / "CHANGELOG.md", version, DATE)

    headings = [line for line in (place / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")]
    assert ["## Unreleased", "## 1.1 (2026-01-31)", "## 1.0 (2026-01-31)"] == headings
    assert "\n\n\n" not in (place / "CHANGELOG.md").read_text()


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        ("a__added", "\n", "1.0"),
        ("a__improved", "Better.\n", "1.0"),
        ("A__added", "Better.\n", "1.0"),
        ("a__added", "Better.\n", "next"),
        ("a__added", "Better.\n", "0.9"),
    ],
)
def test_what_is_malformed_changes_nothing(
    fold: SimpleNamespace, place: Path, name: str, text: str, version: str
) -> None:
    """Empty fragments, unknown kinds, bad versions and versions that are there already are refused."""
    before = f"{CHANGELOG}\n## 0.9 (2025-01-31)\n\n### Added\n\n- Old.\n"
    (place / "CHANGELOG.md").write_text(before)
    write(place, **{name: text})

    with pytest.raises(ValueError):
        fold.fold(place / "changes", place / "CHANGELOG.md", version, DATE)

    assert before == (place / "CHANGELOG.md").read_text()
    assert 2 == len(list((place / "changes").iterdir()))


def test_a_version_without_changes_is_none(fold: SimpleNamespace, place: Path) -> None:
    """There is nothing to release when nothing changed."""
    with pytest.raises(ValueError, match="nothing changed"):
        fold.fold(place / "changes", place / "CHANGELOG.md", "1.0", DATE)


def test_the_command_wants_a_version(fold: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a version the command says how to name one, and fails."""
    assert 2 == fold.main([])
    assert "VERSION" in capsys.readouterr().err


def test_the_fragments_of_this_checkout_are_sound(fold: SimpleNamespace) -> None:
    """Every fragment is well named and is one paragraph that ends like a sentence."""
    for path in fold.fragments(ROOT / "changes"):
        text = path.read_text().strip()
        assert text.endswith("."), path.name
        assert "\n\n" not in text, path.name
