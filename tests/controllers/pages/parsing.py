"""Pages taken apart, with what holds for every one of them looked at on the way."""

from typing import Any

from tests.client import Client

BROWSER = {"Accept": "text/html"}
SCHEMES = ("/", "?", "#", "http://", "https://")
# Attributes that make a browser go somewhere, or run something.
LEADING = ("href", "src", "action", "data-href", "formaction")


def page(client: Client, address: str) -> Any:
    """Return the page at an address, parsed, which is sound."""
    soup = client.get(address, headers=BROWSER, status=200).html
    sound(soup)
    return soup


def sound(soup: Any) -> None:
    """Check that a page has one heading of the first order, that tables and fields are named, and that nothing runs."""
    assert 1 == len(soup.find_all("h1"))
    assert [] == [table for table in soup.find_all("table") if table.caption is None]
    assert [] == [head for head in soup.find_all("th") if head.get("scope") not in ("col", "row")]
    for field in soup.find_all(["input", "select", "textarea"]):
        assert field.get("type") == "hidden" or field.find_parent("label") or field.get("aria-label"), field
    ids = [each["id"] for each in soup.find_all(id=True)]
    assert sorted(set(ids)) == sorted(ids)
    harmless(soup)


def harmless(soup: Any) -> None:
    """Check that a page holds no script but ours, no style of its own, and no link that is more than one."""
    for script in soup.find_all("script"):
        assert "module" == script.get("type")
        assert script["src"].startswith("/static/")
        assert not script.string
    assert [] == soup.find_all(["style", "iframe", "object", "embed", "img", "base"])
    for element in soup.find_all(True):
        for name, value in element.attrs.items():
            assert not name.startswith("on"), element
            assert name != "style", element
            assert name not in LEADING or value == "" or value.startswith(SCHEMES), element


def words(element: Any) -> str:
    """Return the text of an element, with one blank wherever there are any."""
    return " ".join(element.get_text(" ").split())


def told(soup: Any, name: str = "main") -> str:
    """Return the text of a page, or of one part of it, with single blanks."""
    return words(soup.find(name))


def links(soup: Any, within: str = "main") -> list[str]:
    """Return where the links of a page lead, but for those of its frame."""
    return [each["href"] for each in soup.find(within).find_all("a", href=True)]
