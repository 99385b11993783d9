"""Plain words of staff and customers on a page (A14)."""

from django import template
from django.utils.html import linebreaks, urlize
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def noted(plain: str) -> SafeString:
    """Text as paragraphs: everything is escaped, and only web and mail addresses become links."""
    linked = urlize(plain, nofollow=True, autoescape=True)
    return mark_safe(linebreaks(linked, autoescape=False))  # noqa: S308  urlize has escaped it
