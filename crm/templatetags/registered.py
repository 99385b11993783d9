"""What the register keeps, as its readers write it."""

from django import template
from django.utils.translation import get_language

from crm import identifiers, industries
from crm.models import Organisation
from crm.register.forms.fields import in_words

register = template.Library()


@register.filter
def phone(number: str) -> str:
    """A number in E.164: “040 1234567”; for readers of English with its country code. It stays on one line."""
    said = identifiers.phone_in_words(number, abroad=get_language() == "en")
    return said.replace(" ", "\N{NO-BREAK SPACE}")


@register.filter
def languages(codes: list[str]) -> str:
    """Languages by name."""
    return identifiers.languages_in_words(codes)


@register.filter
def industry(code: str) -> str:
    """A code of TOL 2008 with the name of its section: “Manufacturing (25620)”."""
    words = industries.section(code)
    return f"{words} ({code})" if words else code


@register.filter
def known_as(organisation: Organisation) -> str:
    """An organisation as the forms' fields understand it, unlike every other."""
    return in_words(organisation)
