"""Net, VAT and gross in cents (A9.1)."""

from decimal import Decimal

import pytest

from common.money import Price, cents


@pytest.mark.parametrize(
    ("net", "rate", "vat", "gross"),
    [
        ("1000", "25.5", "255.00", "1255.00"),
        ("1190", "0", "0.00", "1190.00"),
        ("99.99", "13.5", "13.50", "113.49"),
        ("0.01", "25.5", "0.00", "0.01"),
        ("0.02", "25.5", "0.01", "0.03"),
        ("0", "25.5", "0.00", "0.00"),
    ],
)
def test_vat_is_rounded_to_cents_half_up(net, rate, vat, gross):
    price = Price(Decimal(net), Decimal(rate))
    assert (price.vat, price.gross) == (Decimal(vat), Decimal(gross))


def test_half_a_cent_goes_up():
    assert cents(Decimal("0.005")) == Decimal("0.01")


def test_only_a_price_of_nothing_is_free():
    assert Price(Decimal(0), Decimal("25.5")).is_free
    assert not Price(Decimal("0.01"), Decimal(0)).is_free
