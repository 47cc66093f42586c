"""Where the links of pages lead: filters, heads of columns, cells of matrices, other pages, files, data."""

import http.client
from collections import defaultdict
from dataclasses import asdict
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

from paddles.controllers.pages.root import PAGES as ROOT
from tests.browser.filled import Names
from tests.browser.pages import PAGES
from tests.faults.servers import Server

# Links of one shape, with other names in them, lead alike: of each so many are followed.
ALIKE = 3
FORWARD = (301, 302, 303, 307, 308)


class Links(HTMLParser):
    """Where the links of a page lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link."""
        self.found += [value or "" for name, value in attrs if name == "href" and tag in ("a", "link")]


def get(server: Server, address: str) -> tuple[int, str, str]:
    """Return status, address and text of what a browser is shown in the end, at most two redirections later."""
    for _ in range(3):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("GET", address, headers={"Accept": "text/html"})
        answer = connection.getresponse()
        said, to = answer.read(), answer.getheader("Location")
        connection.close()
        if answer.status not in FORWARD or to is None:
            break
        address = _whole(urljoin(address, to))
    return answer.status, address, said.decode(errors="replace")


def shape(address: str) -> tuple[str, ...]:
    """Return what links to alike things have in common: the page, and which parameters are said."""
    asked = urlsplit(address)
    said = (f"{name}={value}" if name in ("tab", "format", "class") else name for name, value in parse_qsl(asked.query))
    found = ROOT.locate([part for part in asked.path.split("/") if part], "GET")
    return (found.route or asked.path, *sorted(set(said)))


def test_links_lead_somewhere(server: Server, names: Names) -> None:
    """Every link on every page answers, with 200 in the end."""
    followed: dict[tuple[str, ...], set[str]] = defaultdict(set)
    broken = []
    for page in PAGES:
        _, at, text = get(server, page.address.format(**asdict(names)))
        here = f"http://127.0.0.1:{server.port}{at}"
        ours = {urljoin(here, link).partition("#")[0] for link in Links(text).found}
        for link in sorted(each for each in ours if each.startswith(here.removesuffix(at))):
            address = _whole(link)
            alike = followed[shape(address)]
            if address in alike or len(alike) >= ALIKE:
                continue
            alike.add(address)
            status = get(server, address)[0]
            if 200 != status:
                broken.append(f"{status} {address} on {at}")

    assert [] == broken
    assert 300 < sum(map(len, followed.values()))


def _whole(link: str) -> str:
    asked = urlsplit(link)
    return asked._replace(scheme="", netloc="", path=asked.path or "/").geturl()
