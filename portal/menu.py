"""The main menu, and the one of the staff pages."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_stubs_ext import StrOrPromise

from accounts.roles import Permission


@dataclass(frozen=True)
class Item:
    """A place in a menu; `name` is the URL's name, `permission` what staff need to go there."""

    name: str
    label: StrOrPromise
    permission: Permission | None = None

    @property
    def url(self) -> str:
        return reverse(self.name)


MAIN = [Item("courses:course_list", _("Courses"))]
STAFF = [
    Item("site:staff_questions", _("Questions"), Permission.USE_WORKBENCH),
    Item("site:staff_people", pgettext_lazy("staff", "People"), Permission.SEE_PEOPLE),
    Item("site:staff_contacts", _("Named contacts"), Permission.MANAGE_CONTACTS),
    Item("site:staff_mail", _("Mail"), Permission.USE_WORKBENCH),
    Item("site:staff_templates", _("Mail templates"), Permission.USE_WORKBENCH),
    Item("site:staff_me", _("My card"), Permission.USE_WORKBENCH),
    Item("site:staff_health", _("State of the portal"), Permission.USE_WORKBENCH),
]
