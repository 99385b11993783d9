"""Signing in as a visitor does: pages, mails, codes."""

import re

import pytest

from mailing.models import Delivery
from tests.consent.conftest import refused, tamper

__all__ = ["refused", "tamper"]  # fixtures of the neighbours


@pytest.fixture
def mailed_code():
    """The code in the newest mail to the address; the mail must be there."""

    def read(email):
        delivery = Delivery.objects.filter(address=email).latest("pk")
        return delivery.message.secrets["code"]

    return read


@pytest.fixture
def without_tokens():
    """A page's text without what differs from request to request."""

    def clean(response, *own):
        text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())
        for word in own:
            text = text.replace(word, "…")
        return text

    return clean
