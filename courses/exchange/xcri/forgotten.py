"""Addresses of people who were erased: a feed that still names them does not bring them back (D3.5)."""

import dataclasses
import re

from consent import suppression
from consent.models import Suppression
from courses.exchange.xcri.records import Provider
from courses.exchange.xcri.splitting import Piece

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


class Forgotten:
    """Leaves the erased addresses out of an import; `found` are those that were met, as digests."""

    def __init__(self) -> None:
        erased = Suppression.objects.filter(reason=Suppression.Reason.ERASED)
        self.digests = set(erased.values_list("digest", flat=True))
        self.found: set[str] = set()

    def provider(self, provider: Provider) -> Provider:
        """The provider without an erased address."""
        return dataclasses.replace(provider, email=self.out_of(provider.email))

    def piece(self, piece: Piece) -> Piece:
        """The entry without erased addresses, in whatever field they stand."""
        return dataclasses.replace(piece, text=self.out_of(piece.text))

    def out_of(self, text: str) -> str:
        """The text without erased addresses."""
        return EMAIL.sub(self._kept, text) if self.digests else text

    def _kept(self, match: re.Match[str]) -> str:
        digest = suppression.digest_of(match[0])
        if digest not in self.digests:
            return match[0]
        self.found.add(digest)
        return ""

    def notice(self) -> str:
        """What the report says; empty when none was met."""
        count = len(self.found)
        return f"{count} address(es) left out, suppressed: erased." if count else ""
