"""Plain words of staff and customers on a page, and phone numbers as one reads them (A14)."""

import phonenumbers
from django import template
from django.utils.html import linebreaks, urlize
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def noted(plain: str) -> SafeString:
    """Text as paragraphs: everything is escaped, and only web and mail addresses become links."""
    linked = urlize(plain, nofollow=True, autoescape=True)
    return mark_safe(linebreaks(linked, autoescape=False))  # noqa: S308  urlize has escaped it


@register.filter
def phone(number: str) -> str:
    """A number in E.164 as it is read at home and abroad: “+358 40 1234567”."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
