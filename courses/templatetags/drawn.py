"""Parts of a page that depend on nothing but unchanging values, drawn once for each of them."""

from collections.abc import Hashable
from functools import lru_cache

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()
MOST_KEPT = 4000  # some 2 kB each


@register.simple_tag
def drawn(template_name: str, **values: Hashable) -> SafeString:
    """`{% drawn "courses/_course_row.html" row=row %}`: include a partial that shows these values alone.

    It sees nothing of the page's context but the language. Equal values are drawn once, and what has changed is
    another value: nothing can be out of date.
    """
    draw = _draw.__wrapped__ if settings.DEBUG else _draw
    return draw(template_name, get_language(), tuple(values.items()))


@lru_cache(maxsize=MOST_KEPT)
def _draw(
    template_name: str, language: str, values: tuple[tuple[str, Hashable], ...]
) -> SafeString:
    return render_to_string(template_name, {"LANGUAGE_CODE": language, **dict(values)})
