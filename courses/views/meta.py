"""What a page tells search engines and those it is shared with (E2)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Meta:
    """`url` is the path one finds the page at, without what changes nothing of it; `image` is a path too."""

    title: str
    description: str
    url: str
    is_indexed: bool = True
    image: str = ""
