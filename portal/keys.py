"""The keys of the workbench, and whether the reader wants those of a single letter (WCAG 2.2, 2.1.4)."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

COOKIE = "keys"


@dataclass(frozen=True)
class Key:
    """A key and what it does; `is_single`: it acts wherever one is, unless the reader has switched such keys off."""

    keys: tuple[str, ...]
    does: StrOrPromise
    is_single: bool = False


KEYS = [
    Key(("/",), _("Go to the search"), is_single=True),
    Key(("?",), _("Show the keys"), is_single=True),
    Key(("j", "k"), _("In a list: go to the next row, the one before"), is_single=True),
    Key(("x",), _("In a list: tick the row, or take the tick off"), is_single=True),
    Key(("↓", "↑"), _("Move among what the search found")),
    Key(("Enter",), _("Open what is chosen, or all that was found")),
    Key(("Esc",), _("Close what has opened, back to where one was")),
    Key(("Tab",), _("Go on to the next link, field or button")),
]
