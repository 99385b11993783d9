"""Euros as Decimal: net prices, VAT and what the buyer pays. No float ever holds money."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """Round to whole cents, half up, as invoices in Finland do."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Price:
    """A price in euros: net, VAT rate in per cent, and from them VAT and gross."""

    net: Decimal
    vat_rate: Decimal

    @property
    def vat(self) -> Decimal:
        return cents(self.net * self.vat_rate / 100)

    @property
    def gross(self) -> Decimal:
        return cents(self.net) + self.vat

    @property
    def is_free(self) -> bool:
        return self.net == 0
