"""What each staff role may do: one table, the only place (E3.1)."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """A member of staff's work."""

    SALES = "sales", _("sales")
    COORDINATOR = "coordinator", _("coordinator")
    TRAINER = "trainer", _("trainer")
    MANAGER = "manager", _("manager")
    ADMIN = "admin", _("admin")


class Permission(TextChoices):
    """Something a role allows, for the institution of the role."""

    USE_WORKBENCH = "use_workbench", _("open the staff pages")
    EDIT_OFFERING = "edit_offering", _("edit courses and runs")
    EDIT_INSTITUTION = "edit_institution", _("edit the institution’s own details")
    MANAGE_STAFF = "manage_staff", _("give and take staff roles")
    EDIT_CUSTOMERS = "edit_customers", _("edit organisations and their people")
    SEE_PEOPLE = "see_people", _("see people’s addresses and what they permit")
    RECORD_WORDS = "record_words", _("record what a person says of contacting them")
    SETTLE_DOUBTS = "settle_doubts", _("say what became of a mail in doubt")


TABLE: dict[Role, frozenset[Permission]] = {
    Role.SALES: frozenset(
        {
            Permission.USE_WORKBENCH,
            Permission.EDIT_CUSTOMERS,
            Permission.SEE_PEOPLE,
            Permission.RECORD_WORDS,
        }
    ),
    Role.COORDINATOR: frozenset(
        {
            Permission.USE_WORKBENCH,
            Permission.EDIT_OFFERING,
            Permission.EDIT_CUSTOMERS,
            Permission.SEE_PEOPLE,
            Permission.RECORD_WORDS,
            Permission.SETTLE_DOUBTS,
        }
    ),
    Role.TRAINER: frozenset({Permission.USE_WORKBENCH}),
    Role.MANAGER: frozenset(
        {
            Permission.USE_WORKBENCH,
            Permission.EDIT_OFFERING,
            Permission.EDIT_CUSTOMERS,
            Permission.EDIT_INSTITUTION,
            Permission.SEE_PEOPLE,
            Permission.RECORD_WORDS,
            Permission.SETTLE_DOUBTS,
        }
    ),
    Role.ADMIN: frozenset(Permission),
}


def permissions_of(role: str) -> frozenset[Permission]:
    """The permissions of a role; none for a role that is not in the table."""
    return TABLE[Role(role)] if role in Role.values else frozenset()
