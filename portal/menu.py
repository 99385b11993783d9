"""The main menu."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Item:
    """A place in the menu; `name` is the URL's name."""

    name: str
    label: str

    @property
    def url(self) -> str:
        return reverse(self.name)


MAIN = [Item("courses:course_list", _("Courses"))]  # type: ignore[arg-type]  # a lazy text is a text
