"""The settings of feeds, which fetch kernel builds and boots from elsewhere, and of retention, which forgets them."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings

# A name, or an IPv4 address, with or without a port.
HostName = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?(:[0-9]{1,5})?$")]
# An http:// or https:// address, or none.
Address = Annotated[str, Field(pattern=r"^(https?://[^\s/]\S*)?$")]
# What was brought is known for so many days longer than it is kept: it would be brought again otherwise.
DAYS_BEYOND = 1


class FeedSettings(BaseSettings):
    """Part of every setting: see ``settings.Settings``."""

    feed_source: str = "kernelci-legacy"
    feed_host: HostName = "kernelci.org"
    feed_scheme: Literal["http", "https"] = "https"
    feed_storage_url: Address = ""
    feed_api_url: Address = "https://api.kernelci.org/latest"
    feed_non_lava_lab: str = "lab-baylibre-seattle"
    feed_days: int = Field(2, ge=1, le=3650)
    feed_build_url: Address = ""
    feed_lava_url: Address = ""
    feed_boot_url: Address = ""
    feed_token: str = Field("", repr=False)
    feed_attempts: int = Field(3, ge=1, le=100)
    feed_pause_s: float = Field(5.0, ge=0, le=3600)
    feed_batch: int = Field(100, ge=1)
    retain_days: int = Field(3, ge=1, le=36_500)
    retain_raw_days: int = Field(3, ge=1, le=36_500)

    @field_validator("feed_storage_url", "feed_api_url", "feed_build_url", "feed_lava_url", "feed_boot_url")
    @classmethod
    def _no_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @model_validator(mode="after")
    def _longer_than_a_feed_looks_back(self) -> Self:
        if self.retain_days < self.feed_days + DAYS_BEYOND:
            raise ValueError(
                f"retain_days must be at least {DAYS_BEYOND} more than feed_days, which is {self.feed_days}"
            )
        return self

    @model_validator(mode="after")
    def _all_addresses_or_none(self) -> Self:
        if 0 < sum(map(bool, (self.feed_lava_url, self.feed_build_url, self.feed_boot_url))) < 3:
            raise ValueError("feed_lava_url, feed_build_url and feed_boot_url are set together or not at all")
        return self

    @property
    def storage_url(self) -> str:
        """Where the documents of the legacy site lie, without a slash at the end."""
        return self.feed_storage_url or f"{self.feed_scheme}://storage.{self.feed_host}"

    @property
    def posted_to(self) -> dict[str, str]:
        """The address by kind that documents are posted to instead of being kept here; none: they are kept."""
        named = {"lava": self.feed_lava_url, "build": self.feed_build_url, "boot": self.feed_boot_url}
        return named if all(named.values()) else {}
