"""The main menu, and the one of the staff pages."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_stubs_ext import StrOrPromise

from accounts.roles import Permission


@dataclass(frozen=True)
class Group:
    """Places of the staff menu that stand together under one word."""

    label: StrOrPromise


@dataclass(frozen=True)
class Item:
    """A place in a menu; `name` is the URL's name, `permission` what staff need to go there."""

    name: str
    label: StrOrPromise
    permission: Permission | None = None
    group: Group | None = None

    @property
    def url(self) -> str:
        return reverse(self.name)


CUSTOMERS = Group(_("Customers"))
MAIL = Group(_("Mail"))
PORTAL = Group(_("Portal"))

MAIN = [Item("courses:course_list", _("Courses"))]
# In the order of the menu; a group stands where its first item does.
STAFF = [
    Item("site:staff", pgettext_lazy("staff", "Today"), Permission.USE_WORKBENCH),
    Item(
        "site:staff_people", pgettext_lazy("staff", "People"), Permission.SEE_CUSTOMERS, CUSTOMERS
    ),
    Item("site:staff_organisations", _("Organisations"), Permission.SEE_CUSTOMERS, CUSTOMERS),
    Item("site:staff_duplicates", _("Duplicates"), Permission.SEE_CUSTOMERS, CUSTOMERS),
    Item("site:staff_imports", _("Imports"), Permission.SEE_IMPORTS, CUSTOMERS),
    Item("site:staff_exports", _("Exports"), Permission.SEE_AUDIT, CUSTOMERS),
    Item("site:staff_tasks", _("Tasks"), Permission.USE_WORKBENCH),
    Item("site:staff_questions", _("Questions"), Permission.USE_WORKBENCH),
    Item("site:staff_tray", _("Tray"), Permission.SEE_CUSTOMERS, MAIL),
    Item("site:staff_mail", _("Outgoing mail"), Permission.USE_WORKBENCH, MAIL),
    Item("site:staff_templates", _("Mail templates"), Permission.USE_WORKBENCH, MAIL),
    Item("site:staff_contacts", _("Named contacts"), Permission.SEE_CONTACTS, PORTAL),
    Item("site:staff_me", _("My card"), Permission.EDIT_OWN_CARD, PORTAL),
    Item("site:staff_health", _("State of the portal"), Permission.USE_WORKBENCH, PORTAL),
    Item("site:staff_keys", _("Keyboard"), Permission.USE_WORKBENCH, PORTAL),
]
FIRST = STAFF[0]  # every page of the workbench lies under its address


@dataclass
class Place:
    """What the staff menu shows in one place: an item, or a group of them that unfolds."""

    label: StrOrPromise
    items: list[Item] = field(default_factory=list)

    @property
    def alone(self) -> Item | None:
        """The item, where there is but one: nothing needs to be unfolded for it."""
        return self.items[0] if len(self.items) == 1 else None


def places(items: Iterable[Item]) -> list[Place]:
    """The items in their order, those of a group together."""
    found: list[Place] = []
    groups: dict[Group, Place] = {}
    for item in items:
        if item.group in groups:
            groups[item.group].items.append(item)
            continue
        place = Place(item.group.label if item.group else item.label, [item])
        found.append(place)
        if item.group:
            groups[item.group] = place
    return found


def here(items: Iterable[Item], path: str) -> Item | None:
    """The item whose page this is, or lies above it; the first page is itself alone."""
    above = [
        each
        for each in items
        if path == each.url or (each.name != FIRST.name and path.startswith(each.url))
    ]
    return max(above, key=lambda each: len(each.url), default=None)
