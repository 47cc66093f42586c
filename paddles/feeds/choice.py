"""Which source a name means, as the settings have it."""

import datetime
from typing import NamedTuple

from paddles.errors import Invalid
from paddles.feeds.fetching import Site
from paddles.feeds.folders import Folder
from paddles.feeds.instances import Instance
from paddles.feeds.legacy import Legacy
from paddles.feeds.pipeline import Pipeline
from paddles.feeds.posting import Rhythm
from paddles.feeds.sources import Files, Source, Wait, Wanted, is_place, is_url
from paddles.settings import Settings

NAMES = (Legacy.name, Pipeline.name)


class Asked(NamedTuple):
    """What is asked for: the source by its name, address or place, or files; from which lab these are; how many."""

    name: str
    files: Files
    lab: str
    wanted: Wanted


def source(settings: Settings, asked: Asked, now: datetime.datetime, wait: Wait) -> Source:
    """Return what is asked for as a source. Raises Invalid when there is none of that name."""
    most = settings.max_document_bytes
    if any(asked.files):
        return Folder(asked.files, asked.lab, asked.wanted, most)
    if asked.name == Legacy.name:
        url = f"{settings.feed_scheme}://{settings.feed_host}"
        return Legacy(Site(wait, most), url, settings.storage_url, settings.feed_non_lava_lab, asked.wanted)
    if asked.name == Pipeline.name:
        return Pipeline(Site(wait, most), settings.feed_api_url, asked.wanted, now, most)
    if is_url(asked.name):
        return Instance(Site(wait, most), asked.name.rstrip("/"), settings.feed_token, asked.wanted, now)
    if is_place(asked.name):
        return Folder(asked.name, asked.lab, asked.wanted, most)
    raise Invalid(
        f"no source is called {asked.name}: there are {', '.join(NAMES)}, addresses of paddles, directories and -"
    )


def rhythm(settings: Settings) -> Rhythm:
    """Return how documents are posted."""
    return Rhythm(settings.feed_attempts, settings.feed_batch, settings.feed_pause_s)
