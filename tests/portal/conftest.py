"""Fixtures of the neighbours."""

from tests.consent.conftest import refused, tamper

__all__ = ["refused", "tamper"]
